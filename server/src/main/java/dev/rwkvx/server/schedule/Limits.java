package dev.rwkvx.server.schedule;

import dev.rwkvx.InputException;
import java.time.Duration;

/**
 * How much is done at once.
 *
 * @param batch texts that are written, and prompts that are read, side by side
 * @param queue requests that may wait beyond those
 * @param pause the most time that the prompts of others add between two tokens of a text
 * @param prefixBytes memory for states that are kept to be used again
 * @param prefixEntries number of these states
 */
public record Limits(int batch, int queue, Duration pause, long prefixBytes, int prefixEntries) {
  /**
   * Checks the limits.
   *
   * @throws InputException naming the limit that is out of its range
   */
  public Limits {
    require(batch >= 1 && batch <= 1024, "max batch", "in 1 … 1024", batch);
    require(queue >= 0, "max queue", "0 or more", queue);
    require(prefixBytes >= 0, "prefix bytes", "0 or more", prefixBytes);
    require(prefixEntries >= 0, "prefix entries", "0 or more", prefixEntries);
    if (pause.isNegative() || pause.isZero()) {
      throw new InputException("pause must be above 0, found " + pause);
    }
  }

  /** {@return limits that suit a few dozen clients} */
  public static Limits defaults() {
    return new Limits(8, 64, Duration.ofMillis(200), 1L << 30, 256);
  }

  private static void require(boolean holds, String limit, String range, long found) {
    if (!holds) {
      throw new InputException("%s must be %s, found %d".formatted(limit, range, found));
    }
  }
}
