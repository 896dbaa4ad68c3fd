package dev.rwkvx.math;

/**
 * Work in independent parts. Each part writes to places of its own, so that neither the order of
 * the parts nor the thread that runs them can change a result.
 */
public interface Job {
  /**
   * Runs one part.
   *
   * @param part in 0 … parts − 1
   * @param worker the index of the running thread, in 0 … {@link Workers#count()} − 1; no two parts
   *     run at once with the same index
   */
  void run(int part, int worker);
}
