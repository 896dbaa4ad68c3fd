/** RWKV-X on the JVM: load, run and sample. */
@NullMarked
package dev.rwkvx;

import org.jspecify.annotations.NullMarked;
