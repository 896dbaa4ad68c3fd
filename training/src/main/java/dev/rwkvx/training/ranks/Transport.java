package dev.rwkvx.training.ranks;

import java.lang.foreign.MemorySegment;

/**
 * Moves bytes between processes, the ranks 0 … size − 1. It does not add: sums are made by {@link
 * Ranks}, so that their order does not depend on who carries the numbers.
 *
 * <p>One thread of each rank calls, the same operations of each kind in the same order as all other
 * ranks and with the same sizes; operations of different kinds do not wait for one another. Memory
 * is native, has at most {@link #MOST_BYTES}, and is left alone from the start of an operation
 * until it is done.
 */
public interface Transport {
  /** The most bytes of an operation: counts are ints in C. */
  int MOST_BYTES = 1 << 30;

  /** Bytes on their way. */
  interface Transfer {
    /** Makes progress and tells whether all has arrived and the memory is free again. */
    boolean isDone();
  }

  /** The number of this process. */
  int rank();

  /** How many processes there are. */
  int size();

  /** How many of them run on this machine, this one included. */
  int neighbours();

  /**
   * Starts to send part r of {@code parts} to rank r, and to receive from rank r part r of {@code
   * received}: {@code size} parts of equal length in both.
   */
  Transfer scatter(MemorySegment parts, MemorySegment received);

  /** Starts to collect {@code part} of every rank, in the order of the ranks, on every rank. */
  Transfer gather(MemorySegment part, MemorySegment all);

  /** Starts to copy the bytes of rank 0 to all others. */
  Transfer broadcast(MemorySegment data);
}
