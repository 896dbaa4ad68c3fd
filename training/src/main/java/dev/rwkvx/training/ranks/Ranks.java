package dev.rwkvx.training.ranks;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The processes that train a model together, as one of them sees them. Every rank calls the same
 * methods in the same order, each of which waits for the others. What comes out is the same on all
 * ranks, to the bit, and from run to run: sums are made in the order of the ranks.
 *
 * <p>For use by one thread.
 */
public final class Ranks {
  /** Floats of a part of a broadcast. */
  private static final int PART = 1 << 22;

  private final Transport transport;
  private final GradientSum gradients;

  /**
   * Processes that speak with one another.
   *
   * @param transport moves the bytes
   */
  public Ranks(Transport transport) {
    this.transport = transport;
    gradients = new GradientSum(transport);
  }

  /**
   * A process that trains without others.
   *
   * @return one rank
   */
  public static Ranks alone() {
    return new Ranks(new Alone());
  }

  /** {@return the number of this process, from 0} */
  public int rank() {
    return transport.rank();
  }

  /** {@return how many there are} */
  public int size() {
    return transport.size();
  }

  /** {@return whether this is rank 0, which alone speaks and writes} */
  public boolean isFirst() {
    return rank() == 0;
  }

  /** {@return the ranks on this machine, this one included} */
  public int neighbours() {
    return transport.neighbours();
  }

  /**
   * Adds up gradients while they are computed.
   *
   * @return the sum over all ranks
   */
  public GradientSum gradients() {
    return gradients;
  }

  /**
   * What each rank says, by rank.
   *
   * @param mine the same number of values on each rank
   * @return the values by rank
   */
  public long[][] all(long... mine) {
    MemorySegment sent = Arena.ofAuto().allocateFrom(JAVA_LONG, mine);
    MemorySegment received =
        Arena.ofAuto().allocate(JAVA_LONG, Math.multiplyExact((long) size(), mine.length));
    await(transport.gather(sent, received));
    long[] together = received.toArray(JAVA_LONG);
    long[][] all = new long[size()][];
    for (int rank = 0; rank < all.length; rank++) {
      all[rank] =
          Arrays.copyOfRange(together, rank * mine.length, rank * mine.length + mine.length);
    }
    return all;
  }

  /**
   * {@return element by element, the sums over the ranks}
   *
   * @param mine the same number of values on each rank
   */
  public double[] sums(double... mine) {
    double[] sums = new double[mine.length];
    for (long[] one : all(Arrays.stream(mine).mapToLong(Double::doubleToRawLongBits).toArray())) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += Double.longBitsToDouble(one[i]);
      }
    }
    return sums;
  }

  /**
   * {@return whether one of the ranks says yes}
   *
   * @param mine what this rank says
   */
  public boolean any(boolean mine) {
    return Arrays.stream(all(mine ? 1 : 0)).anyMatch(one -> one[0] != 0);
  }

  /**
   * Replaces the values of all ranks by those of rank 0.
   *
   * @param values the same length on all ranks; changed on all but rank 0
   */
  public void broadcast(float[] values) {
    if (size() == 1) {
      return;
    }
    for (int at = 0; at < values.length; at += PART) {
      int count = Math.min(PART, values.length - at);
      MemorySegment part = Arena.ofAuto().allocate(JAVA_FLOAT, count);
      MemorySegment.copy(values, at, part, JAVA_FLOAT, 0, count);
      await(transport.broadcast(part));
      MemorySegment.copy(part, JAVA_FLOAT, 0, values, at, count);
    }
  }

  private static void await(Transport.Transfer transfer) {
    Waiting.until(transfer::isDone);
  }
}
