package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Whole documents in samples, for training on long ones. A document longer than a sample is cut
 * into windows in which each of its tokens but the first is a target once; what is left of it and
 * shorter documents share samples. The room that stays is filled with token 0 and counts nothing,
 * nor does the first token of a rest, which nothing before it announces.
 *
 * <p>Needs 16 bytes of memory for a document or window. The order of the samples is shuffled anew
 * in every epoch.
 */
public final class PackedSamples implements Samples {
  /** A longest array of the JVM. */
  private static final int MOST_PIECES = Integer.MAX_VALUE - 8;

  private final TokenFile stream;
  private final int context;
  private final long seed;
  private final float answerWeight;
  private final long[] starts;
  private final int[] lengths;

  /** The pieces that go on with a document. */
  private final BitSet rests = new BitSet();

  private final Packing packing;

  /**
   * Plans the samples.
   *
   * @param stream stays open as long as samples are read; the caller closes it
   * @param context inputs of a sample
   * @param shortest documents with fewer tokens, their last token 0 included, are left out; at
   *     least 2
   * @param seed of the order
   * @param answerWeight how much tokens of answers count, where 1 is as much as others
   * @throws InputException when no document is left
   */
  public PackedSamples(TokenFile stream, int context, int shortest, long seed, float answerWeight) {
    if (context < 1 || context > Integer.MAX_VALUE - 16 || shortest < 2) {
      throw new InputException(
          "The context is %d and the shortest document %d; expected at least 1 and 2"
              .formatted(context, shortest));
    }
    this.stream = stream;
    this.context = context;
    this.seed = seed;
    this.answerWeight = answerWeight;
    int pieces = count(shortest);
    starts = new long[pieces];
    lengths = new int[pieces];
    cut(shortest);
    packing = Packing.of(lengths, context + 1);
  }

  @Override
  public long size() {
    return packing.samples();
  }

  @Override
  public int context() {
    return context;
  }

  /** {@return the share of all inputs that no target follows: the room left by packing} */
  public double padding() {
    long used = 0;
    for (int length : lengths) {
      used += length;
    }
    return 1 - used / ((context + 1.0) * packing.samples());
  }

  @Override
  public void read(long sample, int[] tokens, float[] weights) {
    Arrays.fill(weights, 0, context, 0f);
    int row = packing.sample(sample, seed);
    int at = 0;
    for (int i = packing.starts()[row]; i < packing.starts()[row + 1]; i++) {
      int piece = packing.pieces()[i];
      int length = lengths[piece];
      stream.read(starts[piece], tokens, at, length);
      int opening = at == 0 || rests.get(piece) ? 1 : 0;
      stream.weigh(
          starts[piece] + opening, weights, at + opening - 1, length - opening, answerWeight);
      at += length;
    }
    Arrays.fill(tokens, at, context + 1, 0);
  }

  private int count(int shortest) {
    long pieces = 0;
    for (long document = 0; document < stream.documents(); document++) {
      long length = stream.end(document) - stream.start(document);
      pieces += length < shortest ? 0 : Math.ceilDiv(length - 1, context);
    }
    if (pieces == 0 || pieces > MOST_PIECES) {
      throw new InputException(
          "%s has %d documents and windows of %d tokens or more; expected 1 to %d"
              .formatted(stream.path(), pieces, shortest, MOST_PIECES));
    }
    return (int) pieces;
  }

  private void cut(int shortest) {
    int piece = 0;
    for (long document = 0; document < stream.documents(); document++) {
      long start = stream.start(document);
      long end = stream.end(document);
      if (end - start < shortest) {
        continue;
      }
      // The last token of a window is the first input of the next.
      for (long at = start; at < end - 1; at += context) {
        rests.set(piece, at > start);
        starts[piece] = at;
        lengths[piece++] = (int) Math.min(context + 1L, end - at);
      }
    }
  }
}
