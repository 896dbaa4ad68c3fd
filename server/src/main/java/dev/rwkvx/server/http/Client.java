package dev.rwkvx.server.http;

import java.util.ArrayList;
import java.util.List;

/** Whoever has sent the request that is being served. */
public final class Client {
  /** The one whose request the current thread serves. */
  static final ScopedValue<Client> CURRENT = ScopedValue.newInstance();

  private final List<Runnable> listeners = new ArrayList<>();
  private boolean gone;

  /** Whether no byte of the next request has come; the connection's thread alone. */
  boolean idle = true;

  private final Runnable served;

  /**
   * @param served runs when a request has been served
   */
  Client(Runnable served) {
    this.served = served;
  }

  /** {@return the client whose request the current thread serves} */
  public static Client current() {
    return CURRENT.get();
  }

  /**
   * Calls {@code action} as soon as the client has closed the connection, at once if it has, until
   * the handle is closed.
   *
   * @param action quick to run; runs in the thread of the caller if the client has gone already
   * @return closed when the caller does not care any more
   */
  public Watch whenGone(Runnable action) {
    boolean now;
    synchronized (this) {
      now = gone;
      listeners.add(action);
    }
    if (now) {
      action.run();
    }
    return () -> forget(action);
  }

  /** The request in hand has been served: the next byte begins another. */
  public void served() {
    idle = true;
    served.run();
  }

  /** Ends a watch. */
  @FunctionalInterface
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private synchronized void forget(Runnable action) {
    listeners.remove(action);
  }

  void leave() {
    List<Runnable> actions;
    synchronized (this) {
      gone = true;
      actions = List.copyOf(listeners);
    }
    actions.forEach(Runnable::run);
  }
}
