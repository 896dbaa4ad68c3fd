package dev.rwkvx.server.api;

import dev.rwkvx.model.State;
import dev.rwkvx.server.schedule.Start;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Saved states in memory: each is there once, however many requests begin with it, and is closed
 * when the last of them has ended.
 */
final class LoadedStates {
  private final Map<String, Loaded> states = new HashMap<>();

  /** A state and those who use it. */
  private static final class Loaded {
    /** Guarded by the map. */
    private int users;

    private @Nullable State state;

    synchronized void load(Supplier<State> file) {
      if (state == null) {
        state = file.get();
      }
    }

    synchronized State fork() {
      if (state == null) {
        throw new IllegalStateException("the request has ended");
      }
      return state.fork();
    }

    synchronized void close() {
      if (state != null) {
        state.close();
        state = null;
      }
    }
  }

  /**
   * Where a prompt begins.
   *
   * @param namespace tells the state from all others
   * @param file loads it
   */
  Start start(String namespace, Supplier<State> file) {
    Loaded loaded;
    synchronized (states) {
      loaded = states.computeIfAbsent(namespace, _ -> new Loaded());
      loaded.users++;
    }
    AtomicBoolean ended = new AtomicBoolean();
    Start start =
        new Start(
            namespace,
            loaded::fork,
            () -> {
              if (!ended.getAndSet(true)) {
                release(namespace, loaded);
              }
            });
    try {
      loaded.load(file);
      return start;
    } catch (RuntimeException | Error e) {
      start.close();
      throw e;
    }
  }

  private void release(String namespace, Loaded loaded) {
    synchronized (states) {
      if (--loaded.users > 0) {
        return;
      }
      states.remove(namespace);
    }
    loaded.close();
  }
}
