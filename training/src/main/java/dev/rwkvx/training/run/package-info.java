/** Training runs: configuration, the loop, its folder with checkpoints and metrics. */
@NullMarked
package dev.rwkvx.training.run;

import org.jspecify.annotations.NullMarked;
