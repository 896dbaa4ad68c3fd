/** Gradients, optimiser and recipes: growing an RWKV-7 into an RWKV-X and training it. */
@NullMarked
package dev.rwkvx.training;

import org.jspecify.annotations.NullMarked;
