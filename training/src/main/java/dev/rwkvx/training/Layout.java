package dev.rwkvx.training;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the tokens of a batch lie in memory. Sequences are cut into segments of time; a segment of
 * all sequences is one run of rows, first those of sequence 0, then those of sequence 1, and so on.
 * What happens within a segment needs memory for a segment only.
 *
 * @param sequences B
 * @param length tokens of a sequence; T
 * @param segmentLength tokens of a segment; the last one may be shorter
 */
record Layout(int sequences, int length, int segmentLength) {
  /** Tokens of a segment are a multiple of this. */
  static final int GRAIN = 16;

  /**
   * One segment.
   *
   * @param index counts from the start of the sequences
   * @param first its first row
   * @param start position of its first token in the sequences
   * @param length tokens of each sequence
   */
  record Segment(int index, int first, int sequences, int start, int length) {
    int rows() {
      return sequences * length;
    }
  }

  /** A layout whose segments have about {@code rows} rows. */
  static Layout of(int sequences, int length, int rows) {
    int tokens = Math.max(1, rows / sequences / GRAIN) * GRAIN;
    return new Layout(sequences, length, Math.min(tokens, length));
  }

  int rows() {
    return sequences * length;
  }

  /** The most rows of a segment. */
  int segmentRows() {
    return sequences * segmentLength;
  }

  /** In the order of time. */
  List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    for (int start = 0; start < length; start += segmentLength) {
      segments.add(
          new Segment(
              segments.size(),
              start * sequences,
              sequences,
              start,
              Math.min(segmentLength, length - start)));
    }
    return segments;
  }

  /** The row of a token. */
  int row(int sequence, int position) {
    int start = position / segmentLength * segmentLength;
    int tokens = Math.min(segmentLength, length - start);
    return start * sequences + sequence * tokens + position - start;
  }
}
