/** Tables of results as CSV files, written row by row, and pictures of them. */
@NullMarked
package dev.rwkvx.plots;

import org.jspecify.annotations.NullMarked;
