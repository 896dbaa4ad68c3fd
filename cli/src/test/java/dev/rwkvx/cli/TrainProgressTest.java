package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.training.run.RunPlan;
import dev.rwkvx.training.run.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TrainProgressTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private TrainProgress progress(boolean terminal) {
    PrintStream lines = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new TrainProgress(lines, errors, new Progress(errors, terminal), null);
  }

  private static StepMetrics step(long step, double loss, Double validation) {
    boolean skipped = Double.isNaN(loss);
    return new StepMetrics(step, 100 * step, loss, loss, 1e-3, 1, 50, skipped, validation);
  }

  @Test
  void aTerminalShowsOneLineWithLossSpeedAndTime() {
    TrainProgress progress = progress(true);
    progress.started(new RunPlan(3, 10, 100, 1, 7, 40, 50));
    progress.step(step(4, 2.5, null));

    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("40 of 50 parameters learn; 10 steps of 100 tokens, going on after step 3\n");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("\rstep 4/10, loss 2.5000, lr 0.0010, 50 tokens/s, 12 seconds left");
  }

  @Test
  void validationsAndSkippedStepsAreToldEverywhere() {
    TrainProgress progress = progress(false);
    progress.started(new RunPlan(0, 10, 100, 2, 7, 50, 50));
    progress.step(step(1, Double.NaN, null));
    progress.step(step(2, 2, 1.5));

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("step 2/10, loss 2.0000, validation 1.5000, lr 0.0010");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("rwkvx train: warning: step 1 was skipped: its gradients were not finite\n");
  }
}
