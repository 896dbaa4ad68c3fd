/** The OpenAI-shaped interface: requests in, records out. */
@NullMarked
package dev.rwkvx.server.api;

import org.jspecify.annotations.NullMarked;
