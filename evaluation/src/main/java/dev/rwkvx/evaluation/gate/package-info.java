/** Whether the gate of the sparse blocks chose the chunks that a question is about. */
@NullMarked
package dev.rwkvx.evaluation.gate;

import org.jspecify.annotations.NullMarked;
