package dev.rwkvx.cli;

import java.io.PrintStream;
import java.util.Locale;

/** One line on standard error that tells how far the work is; nothing where no person looks. */
final class Progress implements AutoCloseable {
  private static final long INTERVAL = 200_000_000;

  private final PrintStream err;
  private final boolean shown;
  private String step = "";
  private long start;
  private long last;
  private int width;

  /**
   * @param err where the line goes, if at all
   */
  Progress(PrintStream err) {
    this(err, System.console() != null && System.console().isTerminal());
  }

  Progress(PrintStream err, boolean shown) {
    this.err = err;
    this.shown = shown;
  }

  /**
   * Shows a step.
   *
   * @param done of {@code total}
   * @param amount what the rate counts
   * @param unit of the amount
   */
  void update(String step, long done, long total, long amount, String unit) {
    if (!shown) {
      return;
    }
    long now = System.nanoTime();
    if (!step.equals(this.step)) {
      this.step = step;
      start = now;
    } else if (now - last >= INTERVAL && done > 0) {
      double seconds = (now - start) / 1e9;
      long left = Math.round(seconds * Math.max(0, total - done) / done);
      print(
          String.format(
              Locale.ROOT,
              "%s %3d %%, %s %s, %s/s, %d:%02d left",
              step,
              Math.min(100, Math.round(100.0 * done / Math.max(1, total))),
              Text.count(amount),
              unit,
              Text.count(Math.round(amount / seconds)),
              left / 60,
              left % 60));
      last = now;
    }
  }

  /** Shows a line of the caller's own, if one was not shown a moment ago. */
  void show(String line) {
    long now = System.nanoTime();
    if (shown && now - last >= INTERVAL) {
      print(line);
      last = now;
    }
  }

  /** Whether a person looks. */
  boolean isShown() {
    return shown;
  }

  /** Makes room for other lines; the next one comes below them. */
  void wipe() {
    if (width > 0) {
      err.print("\r" + " ".repeat(width) + "\r");
      err.flush();
      width = 0;
      last = 0;
    }
  }

  /** Wipes the line. */
  @Override
  public void close() {
    wipe();
  }

  private void print(String line) {
    err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    err.flush();
    width = line.length();
  }
}
