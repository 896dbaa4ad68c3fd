package dev.rwkvx.cli;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jline.utils.Signals;

/** Signals that ask the command to end, as the exit codes that stand for them. */
final class EndSignals implements AutoCloseable {
  private static final String INTERRUPT = "INT";
  private static final String TERMINATE = "TERM";

  private final BlockingQueue<Integer> codes = new LinkedBlockingQueue<>();
  private final Object interrupt = Signals.register(INTERRUPT, () -> codes.add(130));
  private final Object terminate = Signals.register(TERMINATE, () -> codes.add(143));

  /** Waits for a signal. */
  int await() throws InterruptedException {
    return codes.take();
  }

  /** Whether another signal comes within a time. */
  boolean another(Duration time) throws InterruptedException {
    return codes.poll(time.toNanos(), TimeUnit.NANOSECONDS) != null;
  }

  @Override
  public void close() {
    Signals.unregister(INTERRUPT, interrupt);
    Signals.unregister(TERMINATE, terminate);
  }
}
