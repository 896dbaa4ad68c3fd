package dev.rwkvx.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What products with 8-bit and 4-bit panels need for a while; of one worker.
 *
 * @param codes a group of codes, widened to an F32 panel of 32 inputs
 * @param scales 32 scales and 32 shifts of a group
 * @param sums 32 sums of up to {@link Kernels#ROWS} rows
 */
record QuantizedScratch(MemorySegment codes, float[] scales, float[] sums) {
  QuantizedScratch() {
    this(
        Arena.ofAuto().allocate((long) QuantizedLayout.GROUP * Kernels.PANEL * Float.BYTES, 64),
        new float[2 * Kernels.PANEL],
        new float[Kernels.ROWS * Kernels.PANEL]);
  }
}
