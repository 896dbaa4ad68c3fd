package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.model.State;

/** Reads texts with a model and measures how well it predicts each token. */
final class LossReader {
  /** Tokens between two reports. */
  private static final int STRIDE = 2048;

  private final Subject subject;
  private final EvaluationListener listener;
  private final long all;
  private long done;

  /**
   * @param all tokens that will be read, for the listener
   */
  LossReader(Subject subject, EvaluationListener listener, long all) {
    this.subject = subject;
    this.listener = listener;
    this.all = all;
  }

  /** Takes the cross-entropy of tokens, in nats. */
  @FunctionalInterface
  interface Sink {
    /**
     * @param index of the token that was predicted
     */
    void accept(int index, double loss);
  }

  /**
   * Reads {@code from … to − 1} from an empty state, and measures all of these but the first.
   *
   * @throws InputException when an id lies outside the vocabulary, or losses are not finite
   */
  void read(int[] tokens, int from, int to, Sink sink) {
    int vocabulary = subject.model().config().vocabulary();
    try (State state = subject.newState()) {
      for (int at = from; at < to - 1; at += STRIDE) {
        int start = at;
        int end = Math.min(to - 1, at + STRIDE);
        subject
            .model()
            .forwardAll(
                tokens,
                at,
                end,
                state,
                (first, count, logits) -> {
                  for (int i = 0; i < count; i++) {
                    int next = start + first + i + 1;
                    double loss = CrossEntropy.of(logits, i * vocabulary, vocabulary, tokens[next]);
                    if (!Double.isFinite(loss)) {
                      throw new InputException(
                          "The model's logits after %d tokens are not finite; is it damaged?"
                              .formatted(next - from));
                    }
                    sink.accept(next, loss);
                  }
                });
        done += end - at;
        listener.progress(done, all);
      }
    }
  }
}
