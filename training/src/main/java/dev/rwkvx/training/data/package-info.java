/** Token streams for training: building, sampling and packing them. */
@NullMarked
package dev.rwkvx.training.data;

import org.jspecify.annotations.NullMarked;
