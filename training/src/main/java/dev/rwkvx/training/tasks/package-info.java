/** Training documents with tasks: facts hidden in long texts, and questions that need them. */
@NullMarked
package dev.rwkvx.training.tasks;

import org.jspecify.annotations.NullMarked;
