/**
 * JMH benchmarks of single kernels on one thread (products on all), each in its scalar and its
 * vector form, with rates to hold against those of {@link
 * dev.rwkvx.benchmarks.kernels.MachineBenchmark}.
 */
@NullMarked
package dev.rwkvx.benchmarks.kernels;

import org.jspecify.annotations.NullMarked;
