package dev.rwkvx.server.schedule;

import dev.rwkvx.model.State;
import java.util.function.Supplier;

/**
 * What a prompt follows: nothing, or what a saved state remembers.
 *
 * @param namespace equal for equal beginnings only; states are shared within it
 * @param state a new state at the beginning, which becomes the caller's
 * @param end frees what the states are made from, when no more are needed
 */
public record Start(String namespace, Supplier<State> state, Runnable end)
    implements AutoCloseable {
  @Override
  public void close() {
    end.run();
  }
}
