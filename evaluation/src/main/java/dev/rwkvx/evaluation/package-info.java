/**
 * What models are worth. An {@link dev.rwkvx.evaluation.Evaluation} hands prompts to a {@link
 * dev.rwkvx.evaluation.PromptReader}, or texts to a model, keeps the outcome of every item in a
 * {@link dev.rwkvx.evaluation.Journal} and makes a {@link dev.rwkvx.evaluation.Report} of them.
 */
@NullMarked
package dev.rwkvx.evaluation;

import org.jspecify.annotations.NullMarked;
