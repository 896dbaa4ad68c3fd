package dev.rwkvx.training.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pieces of a corpus, evenly from all of it, that fit into memory; one in twenty is kept apart to
 * test on. Which ones does not depend on anything but the corpus.
 *
 * @param pieces to learn from
 * @param heldOut to test on, empty for a corpus of a few pieces
 */
public record TextSample(List<byte[]> pieces, List<byte[]> heldOut) {
  private static final int PIECE = 1 << 14;
  private static final int ONE_IN = 20;

  /**
   * Reads a corpus and keeps about {@code most} of its bytes.
   *
   * @param corpus the texts
   * @param most the sample may be twice as large where files are compressed
   * @return pieces of all files
   * @throws IOException when a file cannot be read
   */
  public static TextSample of(Corpus corpus, long most) throws IOException {
    List<byte[]> pieces = new ArrayList<>();
    List<byte[]> heldOut = new ArrayList<>();
    double share = corpus.bytes() <= most ? 1 : (double) most / corpus.bytes();
    long number = 0;
    long kept = 0;
    try (DocumentReader documents = corpus.open()) {
      for (Document next = documents.next();
          next != null && kept < 2 * most;
          next = documents.next()) {
        int at = next.from();
        while (at < next.to() && kept < 2 * most) {
          int end = pieceEnd(next.bytes(), at, next.to());
          if (unit(number) < share) {
            boolean test = number % ONE_IN == ONE_IN - 1;
            (test ? heldOut : pieces).add(Arrays.copyOfRange(next.bytes(), at, end));
            kept += end - at;
          }
          number++;
          at = end;
        }
      }
    }
    return new TextSample(pieces, heldOut);
  }

  /** A piece ends with a line where it can. */
  private static int pieceEnd(byte[] bytes, int from, int to) {
    if (to - from <= PIECE) {
      return to;
    }
    int end = from + PIECE;
    while (end > from + PIECE / 2 && bytes[end - 1] != '\n') {
      end--;
    }
    return bytes[end - 1] == '\n' ? end : from + PIECE;
  }

  private static double unit(long number) {
    return (Permutation.mix(number + 1) >>> 11) * 0x1p-53;
  }
}
