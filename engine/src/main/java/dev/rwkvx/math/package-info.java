/**
 * Kernels: a scalar reference and a Vector API twin behind one interface, and the worker threads.
 */
@NullMarked
package dev.rwkvx.math;

import org.jspecify.annotations.NullMarked;
