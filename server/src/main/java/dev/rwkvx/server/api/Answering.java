package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.TokenConstraint;
import dev.rwkvx.model.State;
import dev.rwkvx.server.api.Event.Ended;
import dev.rwkvx.server.api.Event.Read;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.Client;
import dev.rwkvx.server.schedule.BusyException;
import dev.rwkvx.server.schedule.Reading;
import dev.rwkvx.server.schedule.Start;
import dev.rwkvx.server.schedule.Task;
import dev.rwkvx.server.schedule.Task.PromptReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/**
 * The prompts of a request on their way through the scheduler, and what comes of them. Closing it
 * ends what is still under way; so does the client when it goes away.
 */
final class Answering implements AutoCloseable {
  /** How long a stream may be silent. */
  private static final long SILENCE = 10_000;

  private final Outbox outbox;
  private final Start start;
  private final List<Task> tasks;
  private final Client.Watch watch;
  private int left;

  private Answering(Outbox outbox, Start start, List<Task> tasks, int events) {
    this.outbox = outbox;
    this.start = start;
    this.tasks = tasks;
    left = events;
    watch = Client.current().whenGone(this::leave);
  }

  /**
   * Hands in prompts behind which texts are written.
   *
   * @param scores of the prompts' own tokens, where they are asked for; else empty
   * @param write false when the prompts are only read
   * @throws ApiException when the server is busy or a parameter cannot be used
   */
  static Answering begin(
      Service service,
      List<Prompt> prompts,
      Parameters parameters,
      List<Scores> scores,
      boolean write) {
    if (parameters.choices() > service.options().limits().batch()) {
      throw ApiException.badRequest(
          "n",
          "'n' is %d; this server writes at most %d texts at once"
              .formatted(parameters.choices(), service.options().limits().batch()));
    }
    Outbox outbox = new Outbox(prompts.size() * parameters.choices());
    List<List<AnswerWriter>> writers = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      writers.add(write ? writers(service, parameters, outbox, i) : List.of());
    }
    return submit(
        service,
        outbox,
        service.start(parameters.state()),
        prompts,
        i -> scores.isEmpty() ? new Reading.Plain() : new Reading.Scored(scores.get(i)::accept),
        writers,
        (i, state) -> {});
  }

  /** Hears that a prompt has been read; the state may be forked. */
  interface ReadListener {
    void onRead(int prompt, State state);
  }

  /**
   * Reads prompts and waits for the end.
   *
   * @param reading what is wanted of each prompt
   * @throws ApiException when that cannot be done
   */
  static void read(
      Service service,
      Start start,
      List<Prompt> prompts,
      IntFunction<Reading> reading,
      ReadListener listener) {
    List<List<AnswerWriter>> none = Collections.nCopies(prompts.size(), List.of());
    try (Answering answering =
        submit(service, new Outbox(0), start, prompts, reading, none, listener)) {
      while (!answering.done()) {
        answering.next();
      }
    }
  }

  private static Answering submit(
      Service service,
      Outbox outbox,
      Start start,
      List<Prompt> prompts,
      IntFunction<Reading> reading,
      List<List<AnswerWriter>> writers,
      ReadListener listener) {
    long deadline = service.deadline();
    List<Task> tasks = new ArrayList<>();
    int events = 0;
    for (int i = 0; i < prompts.size(); i++) {
      Prompt prompt = prompts.get(i);
      tasks.add(
          new Task(
              start,
              prompt.tokens(),
              prompt.marks(),
              reading.apply(i),
              writers.get(i),
              listener(outbox, i, listener),
              deadline));
      events += 1 + writers.get(i).size();
    }
    try {
      service.scheduler().submit(tasks);
    } catch (BusyException e) {
      start.close();
      throw ApiException.busy(String.valueOf(e.getMessage()));
    } catch (CancellationException e) {
      start.close();
      throw problem(e);
    }
    return new Answering(outbox, start, tasks, events);
  }

  private static List<AnswerWriter> writers(
      Service service, Parameters parameters, Outbox outbox, int prompt) {
    List<AnswerWriter> writers = new ArrayList<>();
    for (int i = 0; i < parameters.choices(); i++) {
      TokenConstraint constraint =
          parameters
              .json()
              .map(json ->
                  json.constraint(service.tokenOrder(), parameters.generation().stopTokens()))
              .orElse(TokenConstraint.NONE);
      Sampler sampler = sampler(service, parameters, i);
      writers.add(
          new AnswerWriter(
              prompt * parameters.choices() + i,
              outbox,
              service.tokens().texts(),
              parameters,
              sampler,
              constraint));
    }
    return writers;
  }

  private static Sampler sampler(Service service, Parameters parameters, int choice) {
    try {
      return new Sampler(parameters.sampling(choice), service.tokens().texts().size());
    } catch (InputException e) {
      throw ApiException.badRequest("logit_bias", String.valueOf(e.getMessage()));
    }
  }

  private static Task.Listener listener(Outbox outbox, int prompt, ReadListener listener) {
    return new Task.Listener() {
      @Override
      public void onPromptRead(PromptReport report, State state) {
        listener.onRead(prompt, state);
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
      case CancellationException closed -> ApiException.late(String.valueOf(closed.getMessage()));
      default -> ApiException.internal("The server has failed; its log tells why");
    };
  }

  private void leave() {
    tasks.forEach(Task::cancel);
    outbox.fail(new CancellationException("The client has gone"));
  }

  @Override
  public void close() {
    watch.close();
    tasks.forEach(Task::cancel);
    start.close();
  }
}
