package dev.rwkvx.server.schedule;

import dev.rwkvx.generate.PrefixStore;
import dev.rwkvx.model.Run;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.server.schedule.Sequence.Line;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs many sequences on one model. A thread of its own goes step by step: a step is one pass over
 * the next token of every text that is written and over pieces of the prompts that are being read.
 * Sequences come and leave between steps. What a sequence gets does not depend on the others,
 * because a batch gives the bits of each alone.
 */
public final class Scheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private final RwkvX model;
  private final Limits limits;
  private final long cacheMemory;
  private final Metrics metrics;
  private final PrefixStore store;
  private final PromptBudget budget;
  private final Thread thread;

  private final Waiting waiting = new Waiting();

  /** Places taken; changed by the scheduler's thread only. */
  private volatile int slots;

  private volatile long activeBytes;

  // The scheduler's thread alone.
  private final List<Sequence> active = new ArrayList<>();

  /** Of all tasks at work, when they have read and written all. */
  private long cacheBytes;

  /** Steps that have read prompts. */
  private int turn;

  /**
   * Starts the thread; the model stays the caller's.
   *
   * @param model runs the tokens of all tasks
   * @param limits of the batch, the queue and the store of prefixes
   * @param cacheMemory bytes of keys and values of all tasks at work; a single one always begins
   * @param metrics counts what happens
   */
  public Scheduler(RwkvX model, Limits limits, long cacheMemory, Metrics metrics) {
    this.model = model;
    this.limits = limits;
    this.cacheMemory = cacheMemory;
    this.metrics = metrics;
    store = new PrefixStore(limits.prefixBytes(), limits.prefixEntries());
    budget = new PromptBudget(limits.pause().toNanos());
    metrics.gauge("rwkvx_queue_requests", "Requests that wait for a place.", waiting::size);
    metrics.gauge("rwkvx_active_sequences", "Texts and prompts being worked on.", () -> slots);
    metrics.gauge("rwkvx_cache_bytes", "Memory of the states at work.", () -> activeBytes);
    metrics.gauge("rwkvx_prefix_bytes", "Memory of states kept to be used again.", store::bytes);
    metrics.gauge("rwkvx_prefix_entries", "States kept to be used again.", store::entries);
    thread = Thread.ofPlatform().name("rwkvx-scheduler").daemon().start(this::run);
  }

  /**
   * Takes a place in the queue, so that only those who have one go to the trouble of making tasks.
   *
   * @return to be closed when no tasks are handed in
   * @throws BusyException when too many requests wait already
   * @throws CancellationException when the server is being closed
   */
  public Place reserve() {
    waiting.reserve(limits.queue() + Math.max(0, limits.batch() - slots));
    return new Place();
  }

  /** A place in the queue for one request. For one thread at a time. */
  public final class Place implements AutoCloseable {
    private boolean given;

    private Place() {}

    /**
     * Hands in tasks that belong together; their listeners hear how they end.
     *
     * @param tasks at least one; they wait together and begin one by one
     * @throws CancellationException when the server is being closed; nothing was taken
     */
    public void submit(List<Task> tasks) {
      waiting.add(tasks);
      close();
    }

    /** Gives the place to others, unless tasks have been handed in. */
    @Override
    public void close() {
      if (!given) {
        given = true;
        waiting.release();
      }
    }
  }

  // --- the thread ------------------------------------------------------------------------------

  private void run() {
    while (active.isEmpty() ? waiting.await() : !waiting.closed()) {
      try {
        admit();
        dropCancelled();
        if (!active.isEmpty()) {
          step();
        }
        activeBytes = active.stream().mapToLong(Sequence::bytes).sum();
      } catch (RuntimeException | Error e) {
        // Some states may have read a part of a pass: nobody can go on.
        LOG.error("A step has failed; all requests in it end", e);
        failAll(e);
      }
    }
    failAll(new CancellationException("The server is being closed"));
    store.close();
  }

  /** Begins tasks in the order of their coming, as long as there are places. */
  private void admit() {
    waiting.drop(this::hasNoUse);
    for (Optional<Task> next = waiting.next(this::fits);
        next.isPresent();
        next = waiting.next(this::fits)) {
      begin(next.get());
    }
  }

  private boolean hasNoUse(Task task) {
    if (task.deadline.cancelled()) {
      metrics.cancelled.inc();
      return true;
    }
    if (task.deadline.late()) {
      task.listener.onFailure(new TimeoutException("no place was free in time"));
      return true;
    }
    return false;
  }

  /** Whether there is room for a task; alone it always begins. */
  private boolean fits(Task task) {
    return active.isEmpty()
        || slots + task.slots() <= limits.batch()
            && cacheBytes + task.texts.cacheBytes() <= cacheMemory;
  }

  private void begin(Task task) {
    try {
      active.add(open(task));
      slots = slots + task.slots();
      cacheBytes += task.texts.cacheBytes();
    } catch (RuntimeException | OutOfMemoryError e) {
      // Such as no room for its state: a matter of this task alone.
      task.listener.onFailure(e);
    }
  }

  /** From the state that has read most of the prompt. */
  private Sequence open(Task task) {
    if (!(task.reading instanceof Reading.Plain)) {
      return open(task, task.start.state().get(), 0, new int[0]);
    }
    String namespace = task.start.namespace();
    // Where this prompt leaves another one, a third may leave them both.
    int[] marks = Arrays.copyOf(task.marks, task.marks.length + 2);
    marks[marks.length - 2] = store.shared(namespace, task.prompt);
    // A state says nothing of the next token: the last one is always read.
    marks[marks.length - 1] = task.prompt.length - 1;
    int[] worthwhile =
        Arrays.stream(marks)
            .filter(mark -> mark >= PrefixStore.LEAST_TOKENS && mark < task.prompt.length)
            .distinct()
            .toArray();
    Optional<PrefixStore.Hit> hit = store.find(namespace, task.prompt);
    State state = hit.isPresent() ? hit.get().state() : task.start.state().get();
    int cached = hit.isPresent() ? hit.get().tokens() : 0;
    metrics.cachedTokens.inc(cached);
    return open(task, state, cached, worthwhile);
  }

  private static Sequence open(Task task, State state, int cached, int[] marks) {
    try {
      return new Sequence(task, state, cached, marks);
    } catch (OutOfMemoryError e) {
      state.close();
      throw e;
    }
  }

  private void dropCancelled() {
    for (Iterator<Sequence> all = active.iterator(); all.hasNext(); ) {
      Sequence sequence = all.next();
      Task task = sequence.task;
      if (task.deadline.cancelled()) {
        metrics.cancelled.inc();
        end(sequence);
        all.remove();
      } else if (task.deadline.late()) {
        if (!sequence.promptRead()) {
          task.listener.onFailure(new TimeoutException("the prompt was not read in time"));
        } else if (!sequence.attempt(() -> sequence.lines.forEach(Line::stop))) {
          sequence.failure().ifPresent(task.listener::onFailure);
        }
        end(sequence);
        all.remove();
      }
    }
  }

  /** Keeps what is worth it. */
  private void end(Sequence sequence) {
    free(sequence);
    if (sequence.lines.isEmpty() || !sequence.attempt(() -> sequence.leave(store))) {
      sequence.close();
    }
  }

  private void free(Sequence sequence) {
    slots = slots - sequence.task.slots();
    cacheBytes -= sequence.task.texts.cacheBytes();
  }

  // --- a step ----------------------------------------------------------------------------------

  /** A part of a prompt that is read in this step. */
  private record Piece(Sequence sequence, Run run) {
    int tokens() {
      return run.to() - run.from();
    }
  }

  private void step() {
    long start = System.nanoTime();
    List<Line> lines = new ArrayList<>();
    active.forEach(sequence -> sequence.lines.stream().filter(Line::writes).forEach(lines::add));
    boolean someWrite = !lines.isEmpty();
    List<Piece> pieces = pieces(someWrite);
    List<Run> runs = new ArrayList<>();
    lines.forEach(line -> runs.add(line.next()));
    for (Piece piece : pieces) {
      if (piece.sequence.readsPlainly()) {
        runs.add(piece.run);
      } else {
        piece.sequence.attempt(() -> piece.sequence.readAlone(model, piece.run));
      }
    }
    model.forward(runs);
    if (someWrite) {
      metrics.batch.observe(lines.size());
    }
    for (Piece piece : pieces) {
      Sequence sequence = piece.sequence;
      if (sequence.attempt(() -> sequence.readTo(piece.run.to(), store))) {
        lines.addAll(sequence.lines);
      }
    }
    draw(lines);
    leave();
    int promptTokens = pieces.stream().mapToInt(Piece::tokens).sum();
    metrics.promptTokens.inc(promptTokens);
    metrics.generatedTokens.inc(lines.size());
    long nanoseconds = System.nanoTime() - start;
    budget.learn(promptTokens, someWrite, nanoseconds);
    metrics.step.observe(nanoseconds / 1e9);
  }

  /** Shares the step's tokens among the prompts that are being read. */
  private List<Piece> pieces(boolean someWrite) {
    List<Sequence> reading = active.stream().filter(sequence -> !sequence.promptRead()).toList();
    List<Piece> pieces = new ArrayList<>();
    int left = budget.tokens(someWrite);
    for (int i = 0; i < reading.size() && left > 0; i++) {
      int share = Math.max(PromptBudget.LEAST, left / (reading.size() - i));
      // The first in the list was last in the step before, so that nobody waits for ever.
      Sequence sequence = reading.get(Math.floorMod(i + turn, reading.size()));
      Piece piece = new Piece(sequence, sequence.nextPiece(Math.min(share, left)));
      pieces.add(piece);
      left -= piece.tokens();
    }
    turn++;
    return pieces;
  }

  /** Side by side: over a large vocabulary, drawing takes as long as a part of the pass. */
  private static void draw(List<Line> lines) {
    if (lines.size() == 1) {
      lines.getFirst().draw();
    } else {
      lines.parallelStream().forEach(Line::draw);
    }
  }

  /** Lets those go that are done or have failed. */
  private void leave() {
    for (Iterator<Sequence> all = active.iterator(); all.hasNext(); ) {
      Sequence sequence = all.next();
      Optional<Throwable> failure = sequence.failure();
      if (failure.isPresent()) {
        sequence.task.listener.onFailure(failure.get());
        free(sequence);
        sequence.close();
        all.remove();
      } else if (sequence.done()) {
        sequence.observe(metrics);
        end(sequence);
        all.remove();
      }
    }
  }

  private void failAll(Throwable reason) {
    List<Task> failed = new ArrayList<>();
    for (Sequence sequence : active) {
      failed.add(sequence.task);
      sequence.close();
    }
    active.clear();
    slots = 0;
    cacheBytes = 0;
    if (waiting.closed()) {
      failed.addAll(waiting.clear());
    }
    failed.forEach(task -> task.listener.onFailure(reason));
  }

  /** Ends all that is under way and the thread. */
  @Override
  public void close() {
    waiting.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
