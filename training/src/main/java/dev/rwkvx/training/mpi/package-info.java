/** Ranks that Open MPI connects, bound through the foreign function interface. */
@NullMarked
package dev.rwkvx.training.mpi;

import org.jspecify.annotations.NullMarked;
