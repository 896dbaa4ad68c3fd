/** The RWKV-7 and RWKV-X models: Config, Weights, State and the forward pass. */
@NullMarked
package dev.rwkvx.model;

import org.jspecify.annotations.NullMarked;
