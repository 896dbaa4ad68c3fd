/** Many sequences in one model: who reads and writes when, and what is remembered. */
@NullMarked
package dev.rwkvx.server.schedule;

import org.jspecify.annotations.NullMarked;
