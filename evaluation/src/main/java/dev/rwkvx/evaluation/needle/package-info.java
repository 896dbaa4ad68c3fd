/**
 * Questions about long texts, after the tasks of RULER (arXiv 2404.06654): drawn from seeds, as
 * long as one likes.
 */
@NullMarked
package dev.rwkvx.evaluation.needle;

import org.jspecify.annotations.NullMarked;
