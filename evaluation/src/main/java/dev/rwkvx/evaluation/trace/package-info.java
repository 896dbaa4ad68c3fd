/** Makes visible what the sparse blocks of a model attend to: as numbers, and as a page. */
@NullMarked
package dev.rwkvx.evaluation.trace;

import org.jspecify.annotations.NullMarked;
