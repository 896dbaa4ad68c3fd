package dev.rwkvx.server.schedule;

import dev.rwkvx.model.State;
import java.util.Objects;
import java.util.function.IntFunction;

/** One prompt, and the texts that are written behind it. For one run. */
public final class Task {
  /** Hears what becomes of a task, in the scheduler's thread. */
  public interface Listener {
    /**
     * The prompt was read.
     *
     * @param report what it took
     * @param state after the prompt; to be forked by whoever keeps it
     */
    default void onPromptRead(PromptReport report, State state) {}

    /**
     * The task ended before it was done; no further calls, to its writers neither.
     *
     * @param failure tells why
     */
    void onFailure(Throwable failure);
  }

  /**
   * How the prompt was read.
   *
   * @param cached tokens that were known already
   * @param nanoseconds from the first of the others to the end
   */
  public record PromptReport(int cached, long nanoseconds) {}

  /**
   * What is written behind a prompt.
   *
   * @param count of texts; 0 when the prompt is only read
   * @param cacheBytes of the keys and values of the prompt and of all texts, at most
   * @param writers makes the writer of each of the texts, from 0, when the prompt has been read
   */
  public record Texts(int count, long cacheBytes, IntFunction<? extends Writer> writers) {}

  final Start start;
  final int[] prompt;
  final int[] marks;
  final Reading reading;
  final Texts texts;
  final Listener listener;
  final Deadline deadline;
  final long arrival = System.nanoTime();

  /**
   * A prompt, and the texts that follow it.
   *
   * @param start what the prompt follows
   * @param prompt token ids of the model, at least one
   * @param marks numbers of tokens after which the state is worth keeping, ascending
   * @param reading what is wanted of the prompt besides its state
   * @param texts what is written behind the prompt
   * @param listener hears how the task goes
   * @param deadline how long anybody waits for it
   */
  public Task(
      Start start,
      int[] prompt,
      int[] marks,
      Reading reading,
      Texts texts,
      Listener listener,
      Deadline deadline) {
    Objects.checkIndex(0, prompt.length);
    this.start = start;
    this.prompt = prompt;
    this.marks = marks;
    this.reading = reading;
    this.texts = texts;
    this.listener = listener;
    this.deadline = deadline;
  }

  /** Places that it takes in the batch. */
  int slots() {
    return Math.max(1, texts.count());
  }
}
