package dev.rwkvx.server;

import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Hands a reader one hostile input after another, seconds by default and {@code N} times as many
 * with {@code -Drwkvx.fuzz=N}. The seed and the number of an input tell which one it is.
 */
public final class Hostile {
  private static final int FACTOR = Integer.getInteger("rwkvx.fuzz", 1);

  /** Reads an input, or refuses it with the product's own exception. */
  public interface Reader<T> {
    /**
     * Reads an input.
     *
     * @return whether it was taken
     * @throws Exception which fails the test
     */
    boolean takes(T input) throws Exception;
  }

  private Hostile() {}

  /** How many inputs there are in place of {@code least}. */
  public static int times(int least) {
    return Math.multiplyExact(least, FACTOR);
  }

  /**
   * Makes inputs and has them read.
   *
   * @return the share of those that were taken
   */
  public static <T> double read(
      int least, long seed, Function<SplittableRandom, T> maker, Reader<T> reader) {
    int taken = 0;
    int inputs = times(least);
    for (int i = 0; i < inputs; i++) {
      T input = maker.apply(new SplittableRandom(seed + i));
      try {
        taken += reader.takes(input) ? 1 : 0;
      } catch (Exception | StackOverflowError | OutOfMemoryError | AssertionError e) {
        throw new AssertionError("The input of seed " + (seed + i), e);
      }
    }
    return (double) taken / inputs;
  }
}
