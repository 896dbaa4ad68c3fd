package dev.rwkvx.server.schedule;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.generate.PrefixStore;
import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.RwkvX.HiddenSink;
import dev.rwkvx.model.RwkvX.LogitsSink;
import dev.rwkvx.model.State;
import dev.rwkvx.server.schedule.Task.PromptReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A task that is being worked on. Used by the scheduler's thread. */
final class Sequence {
  final Task task;
  final State state;

  /** After the token of the prompt read last. */
  final float[] logits;

  /** Those that are written; empty until the prompt has been read. */
  final List<Line> lines = new ArrayList<>();

  /** Tokens of the prompt that were known already. */
  private final int cached;

  /** Numbers of tokens after which the state is to be kept, ascending. */
  private final int[] marks;

  private int read;
  private long started;
  private @Nullable Throwable failure;

  /**
   * @param state at the beginning, or where a part of the prompt has been read
   * @param cached tokens of the prompt that the state has read
   * @param marks in any order
   */
  Sequence(Task task, State state, int cached, int[] marks) {
    this.task = task;
    this.state = state;
    this.cached = cached;
    this.marks = Arrays.stream(marks).filter(mark -> mark > cached).sorted().toArray();
    logits = new float[state.config().vocabulary()];
    read = cached;
  }

  boolean promptRead() {
    return read == task.prompt.length;
  }

  /** The next tokens of the prompt, at most so many, up to the next mark. */
  Run nextPiece(int most) {
    if (read == cached) {
      started = System.nanoTime();
    }
    int end = Math.min(task.prompt.length, read + most);
    for (int mark : marks) {
      if (mark > read) {
        end = Math.min(end, mark);
        break;
      }
    }
    return new Run(state, task.prompt, read, end, logits);
  }

  /** Whether its pieces may be read in one pass with those of others. */
  boolean readsPlainly() {
    return task.reading instanceof Reading.Plain;
  }

  /** Reads a piece in a pass of its own, which gives more than the last logits. */
  void readAlone(RwkvX model, Run run) {
    switch (task.reading) {
      case Reading.Plain() -> model.forward(run.tokens(), run.from(), run.to(), state, logits);
      case Reading.Scored(LogitsSink sink) ->
          model.forwardAll(
              run.tokens(),
              run.from(),
              run.to(),
              state,
              (first, count, rows) -> {
                sink.accept(run.from() + first, count, rows);
                System.arraycopy(rows, (count - 1) * logits.length, logits, 0, logits.length);
              });
      case Reading.Hidden(HiddenSink sink) ->
          model.hiddenAll(
              run.tokens(),
              run.from(),
              run.to(),
              state,
              (first, count, rows) -> sink.accept(run.from() + first, count, rows));
    }
  }

  /**
   * The model has read all up to here: keeps the state if it is worth it, and begins the texts at
   * the end of the prompt.
   */
  void readTo(int end, PrefixStore store) {
    read = end;
    if (Arrays.binarySearch(marks, end) >= 0) {
      store.put(task.start.namespace(), Arrays.copyOf(task.prompt, end), state.fork());
    }
    if (promptRead()) {
      branch();
    }
  }

  /** Gives every writer a state and the logits after the prompt. */
  private void branch() {
    long nanoseconds = System.nanoTime() - started;
    for (int i = 0; i < task.texts.count(); i++) {
      Writer writer = task.texts.writers().apply(i);
      float[] own = i == 0 ? logits : logits.clone();
      lines.add(new Line(writer, i == 0 ? state : state.fork(), own));
    }
    task.listener.onPromptRead(new PromptReport(cached, nanoseconds), state);
  }

  /** Whether nothing is left to do. */
  boolean done() {
    return promptRead() && lines.stream().allMatch(line -> line.end.isPresent());
  }

  /** Keeps what the first text's state has read, if there is one, and frees all. */
  void leave(PrefixStore store) {
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (i == 0) {
        store.put(task.start.namespace(), line.tokens(task.prompt), line.state);
      } else {
        line.state.close();
      }
    }
  }

  /**
   * Does a part of its work; whatever goes wrong in it is the end of this sequence alone.
   *
   * @return whether it has gone well so far
   */
  boolean attempt(Runnable work) {
    if (failure == null) {
      try {
        work.run();
      } catch (Throwable e) { // a full heap or stack, too
        failure = e;
      }
    }
    return failure == null;
  }

  /** Why it could not go on, if that happened. */
  Optional<Throwable> failure() {
    return Stream.concat(Stream.ofNullable(failure), lines.stream().mapMulti(Line::failure))
        .findFirst();
  }

  /** Bytes of all its states. */
  long bytes() {
    return lines.isEmpty() ? state.bytes() : lines.stream().mapToLong(l -> l.state.bytes()).sum();
  }

  /** Counts what it took. */
  void observe(Metrics metrics) {
    for (Line line : lines) {
      metrics.firstToken.observe((line.began - task.arrival) / 1e9);
      if (line.count > 0) {
        metrics.rate.observe(line.count * 1e9 / (line.ended - line.began));
      }
    }
  }

  /** Frees all. */
  void close() {
    state.close();
    lines.forEach(line -> line.state.close());
  }

  /** One text. */
  final class Line {
    final Writer writer;
    final State state;
    private final float[] logits;
    private final int[] token = new int[1];
    private final long began = System.nanoTime();

    /** Tokens that were drawn and then read. */
    private int[] drawn = new int[16];

    private int count;
    private long ended;
    private Optional<End> end = Optional.empty();
    private @Nullable Throwable failure;

    Line(Writer writer, State state, float[] logits) {
      this.writer = writer;
      this.state = state;
      this.logits = logits;
    }

    boolean writes() {
      return end.isEmpty();
    }

    /** The token drawn last, to be read; only after the first. */
    Run next() {
      if (count == drawn.length) {
        drawn = Arrays.copyOf(drawn, 2 * count);
      }
      drawn[count++] = token[0];
      return new Run(state, token, 0, 1, logits);
    }

    /**
     * Draws from the logits of the latest token; whatever goes wrong is the end of this sequence
     * alone. May run beside other lines.
     */
    void draw() {
      try {
        end = writer.draw(logits);
        token[0] = writer.token();
        end.ifPresent(this::ended);
      } catch (Deadline.PassedException e) {
        // Nothing was drawn; the sequence is let go before the next pass.
      } catch (Throwable e) { // a full heap or stack, too
        failure = e;
      }
    }

    private void failure(Consumer<Throwable> sink) {
      if (failure != null) {
        sink.accept(failure);
      }
    }

    private void ended(End how) {
      ended = System.nanoTime();
      writer.end(
          how,
          new Writer.Totals(
              count + (how == End.STOP_TOKEN ? 0 : 1),
              ended - began,
              state.position(),
              state.cacheBytes()));
    }

    /** Ends where it is, because there is no more time. */
    void stop() {
      if (writes()) {
        end = Optional.of(End.LENGTH);
        ended(End.LENGTH);
      }
    }

    /** All tokens that the state has read. */
    int[] tokens(int[] prompt) {
      int[] all = Arrays.copyOf(prompt, prompt.length + count);
      System.arraycopy(drawn, 0, all, prompt.length, count);
      return all;
    }
  }
}
