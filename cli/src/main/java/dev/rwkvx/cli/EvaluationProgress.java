package dev.rwkvx.cli;

import dev.rwkvx.evaluation.EvaluationListener;
import java.io.PrintStream;

/**
 * Tells how an evaluation goes: one changing line on a terminal, and a plain line every minute
 * where nobody looks.
 */
final class EvaluationProgress implements EvaluationListener, AutoCloseable {
  private static final long INTERVAL = 60_000_000_000L;

  private final String name;
  private final PrintStream err;
  private final Progress line;
  private final long start = System.nanoTime();
  private long lastLine = start;

  EvaluationProgress(String name, PrintStream err) {
    this.name = name;
    this.err = err;
    line = new Progress(err);
  }

  @Override
  public void progress(long tokens, long all) {
    line.update(name, tokens, all, tokens, "tokens");
    long now = System.nanoTime();
    if (!line.isShown() && now - lastLine >= INTERVAL) {
      lastLine = now;
      double seconds = (now - start) / 1e9;
      err.printf(
          "%s: %s of %s tokens, %s/s, %s left%n",
          name,
          Text.count(tokens),
          Text.count(all),
          Text.count(Math.round(tokens / seconds)),
          Text.duration(seconds * (all - tokens) / Math.max(1, tokens)));
      err.flush();
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
