package dev.rwkvx.cli;

import dev.rwkvx.hub.PullListener;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Tells how a pull goes: one changing line on a terminal, and a plain line every minute where
 * nobody looks.
 */
final class PullProgress implements PullListener, AutoCloseable {
  private static final long LINE_INTERVAL = 100_000_000;
  private static final int LONGEST_STEP = 34;
  private static final long PLAIN_INTERVAL = 60_000_000_000L;

  private final PrintStream err;
  private final Progress line;
  private String step = "";
  private long start;
  private long began;
  private long last;

  PullProgress(PrintStream err) {
    this.err = err;
    line = new Progress(err);
  }

  @Override
  public void progress(String step, long start, long done, long size) {
    long now = System.nanoTime();
    if (!step.equals(this.step) || start != this.start) {
      this.step = step;
      this.start = start;
      began = now;
      last = now;
    } else if (now - last >= (line.isShown() ? LINE_INTERVAL : PLAIN_INTERVAL)) {
      last = now;
      show(describe(step, start, done, size, (now - began) / 1e9));
    }
  }

  /** The rate is that of this run; what was there before took no time. */
  static String describe(String step, long start, long done, long size, double seconds) {
    double rate = (done - start) / seconds;
    long left = Math.round((size - done) / Math.max(1, rate));
    return String.format(
        Locale.ROOT,
        "%s %3d %% of %s, %s/s, %d:%02d left",
        shortened(step),
        Math.round(100.0 * done / Math.max(1, size)),
        Text.bytes(size),
        Text.bytes(Math.round(rate)),
        left / 60,
        left % 60);
  }

  /** The line must not be broken by a narrow terminal: it is written over again and again. */
  private static String shortened(String step) {
    int half = LONGEST_STEP / 2;
    return step.length() <= LONGEST_STEP
        ? step
        : step.substring(0, half) + "…" + step.substring(step.length() - half);
  }

  private void show(String words) {
    if (line.isShown()) {
      line.show(words);
    } else {
      err.println(words);
      err.flush();
    }
  }

  @Override
  public void note(String sentence) {
    line.wipe();
    err.println("note: " + Text.fromFile(sentence));
    err.flush();
  }

  @Override
  public void close() {
    line.close();
  }
}
