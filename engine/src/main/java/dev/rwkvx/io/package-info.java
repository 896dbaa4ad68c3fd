/** Files that are either whole or absent. */
@NullMarked
package dev.rwkvx.io;

import org.jspecify.annotations.NullMarked;
