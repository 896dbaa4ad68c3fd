/** A model behind HTTP, in the shapes of the OpenAI interface. */
@NullMarked
package dev.rwkvx.server;

import org.jspecify.annotations.NullMarked;
