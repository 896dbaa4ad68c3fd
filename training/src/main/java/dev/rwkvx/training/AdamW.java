package dev.rwkvx.training;

import dev.rwkvx.training.Parameters.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * AdamW with decoupled weight decay (arXiv 1711.05101), decay for matrices only, and clipping by
 * the global norm. A step whose gradients are not finite changes nothing.
 */
public final class AdamW {
  /** Elements of a part of a step. */
  private static final int PART = 1 << 15;

  /**
   * The constants of the optimiser (arXiv 1711.05101).
   *
   * @param beta1 decay of the mean of gradients
   * @param beta2 decay of the mean of their squares
   * @param epsilon added to the root of the latter
   * @param weightDecay of tensors with at least two dimensions other than 1, times the learning
   *     rate
   * @param clip the largest global norm of the gradients; infinite for no clipping
   */
  public record Options(
      double beta1, double beta2, double epsilon, double weightDecay, double clip) {
    /** As RWKV-7 is trained. */
    public static final Options OFFICIAL = new Options(0.9, 0.99, 1e-18, 0.001, 1.0);
  }

  /**
   * What became of a step.
   *
   * @param gradientNorm before clipping
   * @param skipped whether the gradients were not finite, so that nothing has changed
   */
  public record Step(double gradientNorm, boolean skipped) {}

  /**
   * The running means of a parameter.
   *
   * @param m of the gradients
   * @param v of their squares
   */
  @SuppressWarnings("ArrayRecordComponent") // change with every step
  public record Moments(float[] m, float[] v) {}

  private final RwkvXGradients model;
  private final Options options;
  private final SequencedMap<String, Moments> moments = new LinkedHashMap<>();
  private long steps;

  /**
   * For the trained parameters of a model.
   *
   * @param model whose gradients are used and whose parameters change
   * @param options the constants
   */
  public AdamW(RwkvXGradients model, Options options) {
    this.model = model;
    this.options = options;
    for (String name : model.gradients().names()) {
      int n = model.parameters().get(name).values().length;
      moments.put(name, new Moments(new float[n], new float[n]));
    }
  }

  /**
   * {@return the running means by parameter, to be saved, and to be filled when training is
   * resumed}
   */
  public SequencedMap<String, Moments> moments() {
    return Collections.unmodifiableSequencedMap(moments);
  }

  /** {@return steps done, without the skipped ones} */
  public long steps() {
    return steps;
  }

  /**
   * Goes on after a number of steps, whose moments are set by the caller.
   *
   * @param stepsDone steps whose moments these are, without the skipped ones
   */
  public void resume(long stepsDone) {
    steps = stepsDone;
  }

  /**
   * Changes the parameters by their gradients, which it leaves as they are.
   *
   * @param learningRate of this step, above 0
   * @return the norm of the gradients before clipping, and whether the step was skipped because
   *     that was not finite
   */
  public Step step(double learningRate) {
    double norm = model.norm();
    if (!Double.isFinite(norm)) {
      return new Step(norm, true);
    }
    steps++;
    double factor = Math.min(1, options.clip / (norm + 1e-6));
    double stepSize = learningRate / (1 - Math.pow(options.beta1, steps));
    double rootScale = 1 / Math.sqrt(1 - Math.pow(options.beta2, steps));
    Machine machine = model.machine();
    moments.forEach((name, means) -> {
      Parameter parameter = model.parameters().get(name);
      float[] p = parameter.values();
      float[] g = model.gradients().get(name);
      boolean decays = parameter.squeezedRank() >= 2;
      float keep = decays ? (float) (1 - learningRate * options.weightDecay) : 1f;
      machine.workers.run(
          (p.length + PART - 1) / PART,
          (part, _) ->
              machine.gradients.adamW(
                  p,
                  g,
                  means.m,
                  means.v,
                  part * PART,
                  (int) Math.min((part + 1L) * PART, p.length),
                  (float) factor,
                  keep,
                  (float) options.beta1,
                  (float) options.beta2,
                  (float) stepSize,
                  (float) rootScale,
                  (float) options.epsilon));
    });
    return new Step(norm, false);
  }
}
