package dev.rwkvx.server.api;

import dev.rwkvx.server.api.Event.Piece;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to a client. Who writes texts never waits for who reads them: what a slow
 * client has not taken yet becomes one longer piece, so that an outbox holds no more than the
 * answer itself, which the limit of tokens bounds.
 */
final class Outbox {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();

  /** In the order of their coming; a piece stands for all pending ones of its text. */
  private final Deque<Event> events = new ArrayDeque<>();

  private final Pending[] pending;
  private @Nullable Throwable failure;

  /** Pieces of a text that were not taken. */
  private static final class Pending {
    private final StringBuilder text = new StringBuilder();
    private final List<Event.Placed> tokens = new ArrayList<>();
    private boolean queued;
  }

  /**
   * @param choices number of texts
   */
  Outbox(int choices) {
    pending = new Pending[choices];
    for (int i = 0; i < choices; i++) {
      pending[i] = new Pending();
    }
  }

  private void add(Piece piece) {
    lock.lock();
    try {
      Pending all = pending[piece.choice()];
      all.text.append(piece.text());
      all.tokens.addAll(piece.tokens());
      if (!all.queued) {
        all.queued = true;
        events.add(piece);
      }
      filled.signal();
    } finally {
      lock.unlock();
    }
  }

  void add(Event event) {
    if (event instanceof Piece piece) {
      add(piece);
      return;
    }
    lock.lock();
    try {
      events.add(event);
      filled.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come; what came is still given out. */
  void fail(Throwable reason) {
    lock.lock();
    try {
      if (failure == null) {
        failure = reason;
      }
      filled.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next event, or {@link Event.Nothing} after so many milliseconds.
   *
   * @throws FailedException when nothing more will come
   */
  Event next(long milliseconds) throws FailedException, InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(milliseconds);
      while (events.isEmpty()) {
        if (failure != null) {
          throw new FailedException(failure);
        }
        if (left <= 0) {
          return new Event.Nothing();
        }
        left = filled.awaitNanos(left);
      }
      Event event = events.remove();
      return event instanceof Piece piece ? takeAll(piece.choice()) : event;
    } finally {
      lock.unlock();
    }
  }

  private Piece takeAll(int choice) {
    Pending all = pending[choice];
    Piece piece = new Piece(choice, all.text.toString(), List.copyOf(all.tokens));
    all.text.setLength(0);
    all.tokens.clear();
    all.queued = false;
    return piece;
  }

  /** The request has failed. */
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Throwable reason;

    FailedException(Throwable reason) {
      super(reason);
      this.reason = reason;
    }

    Throwable reason() {
      return reason;
    }
  }
}
