/** Tensors by name out of .pth and .safetensors files, and .safetensors out. */
@NullMarked
package dev.rwkvx.checkpoint;

import org.jspecify.annotations.NullMarked;
