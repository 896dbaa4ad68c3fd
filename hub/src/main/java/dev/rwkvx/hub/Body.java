package dev.rwkvx.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The content of an answer, taken piece by piece by one thread. Unlike a stream it notices when
 * nothing comes any more. The server is asked for the next piece when one is taken, so that at most
 * two are in memory.
 */
final class Body implements BodySubscriber<Body>, AutoCloseable {
  private final Duration stall;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private @Nullable Subscription subscription;
  private boolean closed;

  /** What the connection says. */
  private sealed interface Event {
    record Bytes(List<ByteBuffer> buffers) implements Event {}

    record End() implements Event {}

    record Failure(Throwable cause) implements Event {}
  }

  /**
   * @param stall the longest time without a byte
   */
  Body(Duration stall) {
    this.stall = stall;
  }

  /**
   * The next bytes, or null at the end.
   *
   * @throws TransientException when the connection broke or nothing comes
   */
  @Nullable List<ByteBuffer> next() throws TransientException, InterruptedException {
    @Nullable Event event = events.poll(stall.toNanos(), TimeUnit.NANOSECONDS);
    return switch (event) {
      case null -> throw new TransientException("nothing came for " + stall.toSeconds() + " s");
      case Event.Bytes bytes -> {
        request();
        yield bytes.buffers();
      }
      case Event.End end -> {
        events.add(end);
        yield null;
      }
      case Event.Failure failure ->
          throw new TransientException(
              "the connection broke (" + failure.cause().getMessage() + ")", failure.cause());
    };
  }

  /**
   * All that is left.
   *
   * @param most bytes that are accepted
   * @throws IOException when there are more, or the connection broke
   */
  byte[] all(int most) throws IOException, InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (List<ByteBuffer> buffers = next(); buffers != null; buffers = next()) {
      for (ByteBuffer buffer : buffers) {
        if (buffer.remaining() > most - all.size()) {
          throw new IOException("the answer has more than " + most + " bytes");
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        all.writeBytes(bytes);
      }
    }
    return all.toByteArray();
  }

  private synchronized void request() {
    if (subscription != null) {
      subscription.request(1);
    }
  }

  /** Ends the connection if there is more to come. */
  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }

  @Override
  public CompletionStage<Body> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public synchronized void onSubscribe(Subscription given) {
    if (closed) {
      given.cancel();
      return;
    }
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    events.add(new Event.Bytes(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event.Failure(failure));
  }

  @Override
  public void onComplete() {
    events.add(new Event.End());
  }
}
