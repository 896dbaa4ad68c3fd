package dev.rwkvx.server.schedule;

/**
 * How many tokens of prompts are read between two tokens of those who write: as many as fit into a
 * pause, by the time that earlier ones took. Results do not depend on it.
 */
final class PromptBudget {
  /** Tokens of one pass of the model, when nobody waits for a next token. */
  static final int MOST = 512;

  /** Fewer would waste the pass. */
  static final int LEAST = 16;

  /** Weight of the latest step in the averages. */
  private static final double LATEST = 0.3;

  private final long pause;

  /** Average time of a step without prompts. */
  private double writing;

  /** Average time that a token of a prompt adds. */
  private double perToken;

  /**
   * @param pause the most nanoseconds that prompts should add between two tokens
   */
  PromptBudget(long pause) {
    this.pause = pause;
  }

  /** Tokens for the next step. */
  int tokens(boolean someWrite) {
    if (!someWrite) {
      return MOST;
    }
    return perToken == 0 ? LEAST : Math.clamp((long) (pause / perToken), LEAST, MOST);
  }

  /** A step was done that read so many tokens of prompts. */
  void learn(int promptTokens, boolean someWrote, long nanoseconds) {
    if (promptTokens == 0) {
      writing = average(writing, nanoseconds);
    } else {
      double rest = someWrote ? Math.max(0, nanoseconds - writing) : nanoseconds;
      perToken = average(perToken, rest / promptTokens);
    }
  }

  private static double average(double old, double latest) {
    return old == 0 ? latest : old + LATEST * (latest - old);
  }
}
