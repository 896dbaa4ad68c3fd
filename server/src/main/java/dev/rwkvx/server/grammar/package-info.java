/** Texts of a certain form, byte by byte: which tokens may come next. */
@NullMarked
package dev.rwkvx.server.grammar;

import org.jspecify.annotations.NullMarked;
