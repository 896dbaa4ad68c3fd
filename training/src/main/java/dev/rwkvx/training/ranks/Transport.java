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
    /**
     * Makes progress and tells whether all has arrived and the memory is free again.
     *
     * @return whether all has arrived and the memory is free again
     */
    boolean isDone();
  }

  /** {@return the number of this process} */
  int rank();

  /** {@return how many processes there are} */
  int size();

  /** {@return how many of them run on this machine, this one included} */
  int neighbours();

  /**
   * Starts to send part r of {@code parts} to rank r, and to receive from rank r part r of {@code
   * received}: {@code size} parts of equal length in both.
   *
   * @param parts of this rank, for all; not to be touched until the transfer is done
   * @param received parts from all ranks, for this one
   * @return the transfer under way
   */
  Transfer scatter(MemorySegment parts, MemorySegment received);

  /**
   * Starts to collect {@code part} of every rank, in the order of the ranks, on every rank.
   *
   * @param part of this rank; not to be touched until the transfer is done
   * @param all {@code size} parts
   * @return the transfer under way
   */
  Transfer gather(MemorySegment part, MemorySegment all);

  /**
   * Starts to copy the bytes of rank 0 to all others.
   *
   * @param data the same length on all ranks
   * @return the transfer under way
   */
  Transfer broadcast(MemorySegment data);
}
