package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.model.State;
import dev.rwkvx.server.api.Event.Ended;
import dev.rwkvx.server.api.Event.Read;
import dev.rwkvx.server.grammar.SchemaException;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.Client;
import dev.rwkvx.server.schedule.BusyException;
import dev.rwkvx.server.schedule.Deadline;
import dev.rwkvx.server.schedule.Reading;
import dev.rwkvx.server.schedule.Scheduler;
import dev.rwkvx.server.schedule.Start;
import dev.rwkvx.server.schedule.Task;
import dev.rwkvx.server.schedule.Task.PromptReport;
import dev.rwkvx.server.schedule.Writer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts of a request on their way through the scheduler, and what comes of them. Closing it
 * ends what is still under way; so does the client when it goes away.
 */
final class Answering implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  /** How long a stream may be silent. */
  private static final long SILENCE = 10_000;

  private final Outbox outbox;
  private final Deadline deadline;
  private final Deque<Runnable> held;
  private final Client.Watch watch;
  private int left;

  private Answering(Outbox outbox, Deadline deadline, Deque<Runnable> held, int events) {
    this.outbox = outbox;
    this.deadline = deadline;
    this.held = held;
    left = events;
    watch = Client.current().whenGone(this::leave);
  }

  /**
   * What is to be done with the prompts of a request.
   *
   * @param prompts at least one
   * @param state name of the saved state that they follow
   * @param texts to be written behind each prompt
   * @param mostTokens of each of them
   * @param bytes of memory that the answer may take
   */
  record Work(List<Prompt> prompts, Optional<String> state, int texts, int mostTokens, long bytes) {
    /** Prompts that are only read. */
    static Work reading(List<Prompt> prompts, Optional<String> state, long bytes) {
      return new Work(prompts, state, 0, 0, bytes);
    }
  }

  /** How it is done. */
  interface Worker {
    /** What is wanted of a prompt besides the state after it. */
    Reading reading(int prompt);

    /** Who writes the texts behind a prompt. */
    IntFunction<? extends Writer> writers(int prompt, Outbox outbox, Deadline deadline);

    /** A prompt has been read; the state may be forked. */
    default void onRead(int prompt, State state) {}
  }

  /** A worker that only reads. */
  @FunctionalInterface
  interface Reader extends Worker {
    @Override
    default IntFunction<? extends Writer> writers(int prompt, Outbox outbox, Deadline deadline) {
      return _ -> {
        throw new IllegalStateException("no texts are written");
      };
    }
  }

  /**
   * Hands in prompts. Nothing is made for them before there is room for it: first memory and a
   * place in the queue, then the saved state.
   *
   * @throws ApiException when the server is busy or the work more than it can do
   */
  static Answering begin(Service service, Work work, Worker worker) {
    Deque<Runnable> held = new ArrayDeque<>();
    try {
      held.push(service.memory().take(work.bytes())::close);
      Scheduler.Place place = service.scheduler().reserve();
      held.push(place::close);
      Start start = service.start(work.state());
      held.push(start::close);
      Outbox outbox = new Outbox(work.prompts().size() * work.texts());
      Deadline deadline = service.deadline();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < work.prompts().size(); i++) {
        Prompt prompt = work.prompts().get(i);
        tasks.add(
            new Task(
                start,
                prompt.tokens(),
                prompt.marks(),
                worker.reading(i),
                new Task.Texts(
                    work.texts(),
                    service.cacheBytes(prompt, work.texts(), work.mostTokens()),
                    worker.writers(i, outbox, deadline)),
                listener(outbox, i, worker),
                deadline));
      }
      place.submit(tasks);
      return new Answering(outbox, deadline, held, tasks.size() * (1 + work.texts()));
    } catch (BusyException e) {
      release(held);
      throw ApiException.busy(String.valueOf(e.getMessage()));
    } catch (CancellationException e) {
      release(held);
      throw problem(e);
    } catch (RuntimeException | Error e) {
      release(held);
      throw e;
    }
  }

  /**
   * Reads prompts and waits for the end.
   *
   * @throws ApiException when that cannot be done
   */
  static void read(Service service, Work work, Worker worker) {
    try (Answering answering = begin(service, work, worker)) {
      while (!answering.done()) {
        answering.next();
      }
    }
  }

  private static Task.Listener listener(Outbox outbox, int prompt, Worker worker) {
    return new Task.Listener() {
      @Override
      public void onPromptRead(PromptReport report, State state) {
        worker.onRead(prompt, state);
        outbox.add(new Read(prompt, report));
      }

      @Override
      public void onFailure(Throwable failure) {
        outbox.fail(failure);
      }
    };
  }

  /** Whether all texts have ended. */
  boolean done() {
    return left == 0;
  }

  /**
   * The next event, or {@link Event.Nothing} after ten seconds.
   *
   * @throws ApiException when nothing more will come
   */
  Event next() {
    try {
      Event event = outbox.next(SILENCE);
      if (event instanceof Ended || event instanceof Read) {
        left--;
      }
      return event;
    } catch (Outbox.FailedException e) {
      throw problem(e.reason());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.late("The server is being closed");
    }
  }

  /** What a client is told of a failure. */
  static ApiException problem(Throwable failure) {
    return switch (failure) {
      case InputException bad -> ApiException.badRequest(null, String.valueOf(bad.getMessage()));
      case TimeoutException _ -> ApiException.late("The request was not done in time");
      case ApiException known -> known;
      case SchemaException schema ->
          ApiException.badRequest(null, "unsupported_schema", String.valueOf(schema.getMessage()));
      case CancellationException closed -> ApiException.late(String.valueOf(closed.getMessage()));
      default -> {
        LOG.error("A request has failed", failure);
        yield ApiException.internal("The server has failed; its log tells why");
      }
    };
  }

  private void leave() {
    deadline.cancel();
    outbox.fail(new CancellationException("The client has gone"));
  }

  @Override
  public void close() {
    watch.close();
    deadline.cancel();
    release(held);
  }

  /** The latest first. */
  private static void release(Deque<Runnable> held) {
    held.forEach(Runnable::run);
  }
}
