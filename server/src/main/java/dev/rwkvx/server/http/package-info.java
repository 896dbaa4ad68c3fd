/** Connections, keys and errors: what every request has to do with. */
@NullMarked
package dev.rwkvx.server.http;

import org.jspecify.annotations.NullMarked;
