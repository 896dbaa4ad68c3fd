package dev.rwkvx.cli;

import dev.rwkvx.training.run.RunListener;
import dev.rwkvx.training.run.RunPlan;
import dev.rwkvx.training.run.StepMetrics;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells how a training run goes: one changing line on a terminal, and a plain line now and then
 * where nobody looks.
 */
final class TrainProgress implements RunListener {
  private static final long INTERVAL = 30_000_000_000L;

  /** How much a step counts in the means shown. */
  private static final double NEW = 0.1;

  private final PrintStream out;
  private final PrintStream err;
  private final Progress line;
  private final @Nullable Long logEvery;
  private @Nullable RunPlan plan;
  private double secondsPerStep;
  private double loss = Double.NaN;
  private long lastLog;

  /**
   * @param out takes the plain lines
   * @param line takes the changing one
   * @param logEvery steps between plain lines; null for one every 30 seconds where there is no
   *     terminal
   */
  TrainProgress(PrintStream out, PrintStream err, Progress line, @Nullable Long logEvery) {
    this.out = out;
    this.err = err;
    this.line = line;
    this.logEvery = logEvery;
  }

  @Override
  public void started(RunPlan begun) {
    plan = begun;
    lastLog = System.nanoTime();
    say(
        "%s of %s parameters learn; %s steps of %s tokens%s%s"
            .formatted(
                Text.count(begun.trained()),
                Text.count(begun.parameters()),
                Text.count(begun.steps()),
                Text.count(begun.tokensPerStep()),
                begun.ranks() == 1 ? "" : " on " + begun.ranks() + " ranks",
                begun.from() == 0 ? "" : ", going on after step " + Text.count(begun.from())));
  }

  @Override
  public void step(StepMetrics m) {
    RunPlan known = Objects.requireNonNull(plan);
    double seconds = known.tokensPerStep() / m.tokensPerSecond();
    boolean first = secondsPerStep == 0;
    secondsPerStep = first ? seconds : (1 - NEW) * secondsPerStep + NEW * seconds;
    if (Double.isFinite(m.loss())) {
      loss = Double.isNaN(loss) ? m.loss() : (1 - NEW) * loss + NEW * m.loss();
    }
    if (m.skipped()) {
      warning("step %d was skipped: its gradients were not finite".formatted(m.step()));
    }
    String text = describe(known, m);
    if (isDue(m)) {
      say(text);
      lastLog = System.nanoTime();
    }
    line.show(text);
  }

  @Override
  public void saved(Path file) {
    // The CSV file and the folder tell; on a terminal the line would only flicker.
  }

  @Override
  public void warning(String sentence) {
    line.wipe();
    err.println("rwkvx train: warning: " + sentence);
    err.flush();
  }

  private boolean isDue(StepMetrics m) {
    if (logEvery != null) {
      return m.step() % logEvery == 0;
    }
    return m.validationLoss() != null
        || (!line.isShown() && System.nanoTime() - lastLog >= INTERVAL);
  }

  private String describe(RunPlan known, StepMetrics m) {
    Double validation = m.validationLoss();
    return String.format(
        Locale.ROOT,
        "step %d/%d, loss %.4f%s, lr %.2g, %s tokens/s, %s left",
        m.step(),
        known.steps(),
        loss,
        validation == null ? "" : String.format(Locale.ROOT, ", validation %.4f", validation),
        m.rate(),
        Text.count(Math.round(known.tokensPerStep() / secondsPerStep)),
        Text.duration(secondsPerStep * (known.steps() - m.step())));
  }

  private void say(String text) {
    line.wipe();
    out.println(text);
    out.flush();
  }
}
