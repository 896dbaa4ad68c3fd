/** Tests of how well a model recalls what stands in its context: values of names, and stories. */
@NullMarked
package dev.rwkvx.evaluation.recall;

import org.jspecify.annotations.NullMarked;
