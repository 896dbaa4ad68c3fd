package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.nio.file.Path;
import java.util.List;

/**
 * A text of a corpus: the bytes {@code from … to − 1}, which hold until the next one is read.
 *
 * @param bytes UTF-8, or whatever a text file holds
 * @param from index of the first byte
 * @param to index after the last one
 * @param file where it comes from
 * @param place where in the file, for messages
 * @param read bytes of the corpus that have been read so far
 * @param answers the spans of it that may count more in training, counted from {@code from},
 *     ascending
 */
public record Document(
    byte[] bytes, int from, int to, Path file, Place place, long read, List<Span> answers) {
  /** Copies the list of answers. */
  public Document {
    answers = List.copyOf(answers);
  }

  /** Without answers. */
  Document(byte[] bytes, int from, int to, Path file, Place place, long read) {
    this(bytes, from, to, file, place, read, List.of());
  }

  /** What counts the documents of a file, and which one this is, from 1. */
  record Place(String unit, long number) {}

  /** A problem with this document. */
  InputException error(String problem) {
    return new InputException(
        "%s, %s %d: %s".formatted(file, place.unit(), place.number(), problem));
  }
}
