/**
 * Sequences without language that test one ability of a model each, to train on and to evaluate.
 */
@NullMarked
package dev.rwkvx.training.probes;

import org.jspecify.annotations.NullMarked;
