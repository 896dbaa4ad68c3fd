package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.nio.file.Path;

/**
 * A text of a corpus: the bytes {@code from … to − 1}, which hold until the next one is read.
 *
 * @param bytes UTF-8, or whatever a text file holds
 * @param file where it comes from
 * @param place where in the file, for messages
 * @param read bytes of the corpus that have been read so far
 */
public record Document(byte[] bytes, int from, int to, Path file, Place place, long read) {
  /** What counts the documents of a file, and which one this is, from 1. */
  record Place(String unit, long number) {}

  /** A problem with this document. */
  InputException error(String problem) {
    return new InputException(
        "%s, %s %d: %s".formatted(file, place.unit(), place.number(), problem));
  }
}
