/**
 * Tests of how well a model recalls what stands in its context: values of names, stories, and
 * sequences of tokens without any language.
 */
@NullMarked
package dev.rwkvx.evaluation.recall;

import org.jspecify.annotations.NullMarked;
