/** Speed of models and kernels against the limits of the machine. */
@NullMarked
package dev.rwkvx.benchmarks;

import org.jspecify.annotations.NullMarked;
