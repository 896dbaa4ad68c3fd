/**
 * Models from the Hugging Face hub and its mirrors. A {@link dev.rwkvx.hub.Hub} lists repositories
 * and pulls their files into a {@link dev.rwkvx.hub.ModelStore}, where programs find them by name.
 * Nothing that a server says is trusted: names are checked before they become paths, sizes and
 * hashes before a file gets its name.
 */
@NullMarked
package dev.rwkvx.hub;

import org.jspecify.annotations.NullMarked;
