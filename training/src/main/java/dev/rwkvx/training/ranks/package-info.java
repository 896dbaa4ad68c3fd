/** Training by several processes that know one another as ranks. */
@NullMarked
package dev.rwkvx.training.ranks;

import org.jspecify.annotations.NullMarked;
