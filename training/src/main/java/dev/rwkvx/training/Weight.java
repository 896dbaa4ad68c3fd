package dev.rwkvx.training;

import org.jspecify.annotations.Nullable;

/**
 * A parameter beside its gradient.
 *
 * @param values row-major
 * @param gradient the sum that gradients are added to, or null when the parameter is frozen
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose
record Weight(float[] values, float @Nullable [] gradient) {}
