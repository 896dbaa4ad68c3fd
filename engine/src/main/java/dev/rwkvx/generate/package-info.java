/** Samplers, the generation loop, stop sequences and chat formats. */
@NullMarked
package dev.rwkvx.generate;

import org.jspecify.annotations.NullMarked;
