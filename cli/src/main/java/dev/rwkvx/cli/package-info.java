/** The {@code rwkvx} command: one class per subcommand, nothing but options and printing. */
@NullMarked
package dev.rwkvx.cli;

import org.jspecify.annotations.NullMarked;
