/** Greedy longest-match tokenizers over byte strings. */
@NullMarked
package dev.rwkvx.tokenizer;

import org.jspecify.annotations.NullMarked;
