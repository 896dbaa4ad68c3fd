package dev.rwkvx.server.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** The requests that wait, in the order of their coming. For any thread. */
final class Waiting {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Deque<Request> queue = new ArrayDeque<>();

  /** Places whose tasks are being made. */
  private int reserved;

  private boolean closed;

  /** Tasks that came together and have not begun. */
  private record Request(Deque<Task> tasks) {}

  /**
   * Takes a place.
   *
   * @param most that may wait
   * @throws BusyException when so many wait already
   * @throws CancellationException at the end
   */
  void reserve(int most) {
    lock.lock();
    try {
      requireOpen();
      if (queue.size() + reserved >= most) {
        throw new BusyException(queue.size() + reserved);
      }
      reserved++;
    } finally {
      lock.unlock();
    }
  }

  /** Gives a place back that was taken. */
  void release() {
    lock.lock();
    try {
      reserved--;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds tasks, beside any places that are taken.
   *
   * @throws CancellationException at the end
   */
  void add(List<Task> tasks) {
    lock.lock();
    try {
      requireOpen();
      queue.add(new Request(new ArrayDeque<>(tasks)));
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new CancellationException("The server is being closed");
    }
  }

  int size() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is a request; false at the end. */
  boolean await() {
    lock.lock();
    try {
      while (!closed && queue.isEmpty()) {
        work.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Lets tasks go that wait in vain. */
  void drop(Predicate<Task> useless) {
    lock.lock();
    try {
      for (Request request : queue) {
        request.tasks().removeIf(useless);
      }
      queue.removeIf(request -> request.tasks().isEmpty());
    } finally {
      lock.unlock();
    }
  }

  /** Takes the next task, if it is one that may begin. */
  Optional<Task> next(Predicate<Task> mayBegin) {
    lock.lock();
    try {
      Request first = queue.peek();
      if (first == null || !mayBegin.test(first.tasks().getFirst())) {
        return Optional.empty();
      }
      Task task = first.tasks().removeFirst();
      if (first.tasks().isEmpty()) {
        queue.remove();
      }
      return Optional.of(task);
    } finally {
      lock.unlock();
    }
  }

  /** From now on nothing is taken any more. */
  void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Takes all tasks. */
  List<Task> clear() {
    lock.lock();
    try {
      List<Task> tasks = new ArrayList<>();
      queue.forEach(request -> tasks.addAll(request.tasks()));
      queue.clear();
      return tasks;
    } finally {
      lock.unlock();
    }
  }
}
