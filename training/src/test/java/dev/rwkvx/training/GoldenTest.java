package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses, every gradient and five steps agree with the official implementation. */
class GoldenTest {
  private static final double LOSS_TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-3;
  private static final LongCe LONG_CE = new LongCe(32, 32, 10f);

  private final Kernels kernels = KernelProvider.best();

  @ParameterizedTest
  @CsvSource({"ce, 2048", "ce, 64", "longce, 2048"})
  void lossesAndGradients(String name, int segmentRows) {
    TrainingOptions options =
        TrainingOptions.defaults().withKernels(kernels).withSegmentRows(segmentRows);
    try (Golden golden = new Golden();
        RwkvXGradients model = new RwkvXGradients(Golden.parameters(), options)) {
      TokenBatch batch = golden.batch();
      TokenWeights weights = name.equals("ce") ? TokenWeights.EQUAL : LONG_CE.weights(model, batch);
      Loss loss = model.accumulate(batch, weights);
      float expected = golden.floats(name + ".loss")[0];
      assertThat(loss.mean()).isCloseTo(expected, within(LOSS_TOLERANCE * expected));
      assertClose("token losses", loss.tokens(), golden.floats(name + ".token_loss"), 1e-5);
      assertClose("weights", loss.weights(), golden.floats(name + ".weights"), 1e-5);
      for (String parameter : model.gradients().names()) {
        assertClose(
            parameter,
            model.gradients().get(parameter),
            golden.floats(name + ".grad." + parameter),
            GRADIENT_TOLERANCE);
      }
    }
  }

  @Test
  void fiveSteps() {
    TrainingOptions options = TrainingOptions.defaults().withKernels(kernels);
    try (Golden golden = new Golden();
        RwkvXGradients model = new RwkvXGradients(Golden.parameters(), options)) {
      TokenBatch batch = golden.batch();
      AdamW optimiser = new AdamW(model, AdamW.Options.OFFICIAL);
      float[] losses = golden.floats("adamw.losses");
      float[] norms = golden.floats("adamw.grad_norms");
      for (int step = 0; step < 5; step++) {
        model.gradients().clear();
        double loss = model.accumulate(batch, TokenWeights.EQUAL).mean();
        AdamW.Step done = optimiser.step(1e-3);
        assertThat(loss).isCloseTo(losses[step], within(1e-5 * losses[step]));
        assertThat(done.gradientNorm()).isCloseTo(norms[step], within(1e-3 * norms[step]));
        assertThat(done.skipped()).isFalse();
      }
      for (String name :
          new String[] {"moba.0.att.key.weight", "rwkv.blocks.1.att.w0", "rwkv.head.weight"}) {
        assertClose(
            name,
            model.parameters().get(name).values(),
            golden.floats("adamw.param." + name),
            1e-3);
      }
    }
  }

  /** Errors are measured in the largest expected entry. */
  private static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double difference = Math.abs((double) actual[i] - expected[i]);
      error = difference <= error ? error : difference;
    }
    assertThat(error / largest).as("relative error of " + what).isLessThan(tolerance);
  }
}
