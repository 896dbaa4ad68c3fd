package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The requests that are being answered, so that the server can end when they have. */
final class Running implements Filter {
  /** Answered until the end. */
  private static final Set<String> ALWAYS = Set.of("/health", "/metrics");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private int count;
  private boolean ending;

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (ALWAYS.contains(request.path().path())) {
      chain.proceed();
      return;
    }
    begin();
    try {
      chain.proceed();
    } finally {
      end();
    }
  }

  private void begin() {
    lock.lock();
    try {
      if (ending) {
        throw ApiException.unavailable(
            "server_closing", "The server is being closed; it only ends what it has begun");
      }
      count++;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      count--;
      if (count == 0) {
        idle.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on new requests are refused. */
  void refuse() {
    lock.lock();
    try {
      ending = true;
    } finally {
      lock.unlock();
    }
  }

  boolean ending() {
    lock.lock();
    try {
      return ending;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is being answered; false when that takes too long. */
  boolean await(Duration time) throws InterruptedException {
    lock.lock();
    try {
      long left = time.toNanos();
      while (count > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
      return count == 0;
    } finally {
      lock.unlock();
    }
  }
}
