/** Files that are written whole or not at all, and files that are read without trust. */
@NullMarked
package dev.rwkvx.io;

import org.jspecify.annotations.NullMarked;
