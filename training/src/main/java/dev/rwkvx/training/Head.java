package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.Arrays;

/**
 * logits = head · LN_out(x) and the cross-entropy of the next token. Works on a few rows at a time,
 * forward and backward at once, so that the logits of a batch never exist together.
 */
final class Head {
  /** The most logits at a time. */
  private static final int SLICE = 1 << 25;

  private static final int FEWEST_ROWS = 48;

  /** Factor of the logit regulariser. */
  private static final double REGULARISER = 1e-4;

  private final LayerNorm norm;
  private final Linear head;
  private final int c;
  private final int vocabulary;

  Head(Binding binding, Config config, String prefix) {
    c = config.embedding();
    vocabulary = config.vocabulary();
    norm = binding.norm(prefix + "ln_out", LayerNorm.EPSILON);
    head = binding.linear(prefix + "head.weight", vocabulary, c);
  }

  /** Of a slice. */
  static final class Buffers {
    final int rows;

    /** LN_out(x), in the end its gradient. (T,C) */
    final float[] normal;

    /** In the end their gradient. (T,V) */
    final float[] logits;

    final float[] dnormal;

    Buffers(int segmentRows, int c, int vocabulary, boolean backward) {
      rows = Math.min(segmentRows, Math.max(FEWEST_ROWS, SLICE / vocabulary));
      normal = new float[rows * c];
      dnormal = new float[backward ? rows * c : 0];
      logits = new float[rows * vocabulary];
    }
  }

  /** What the predictions of a batch should be and what becomes of them, row by row. */
  interface Tokens {
    int target(int row);

    /** Takes the cross-entropy of a row; gives its weight in the gradient. */
    float weight(int row, float loss);
  }

  /** Hands the cross-entropy of a segment's rows to {@code tokens}. x (T,C) of the whole batch. */
  void losses(Machine machine, Segment segment, float[] x, Tokens tokens, Buffers m) {
    for (int row = 0; row < segment.rows(); row += m.rows) {
      int first = segment.first() + row;
      int rows = Math.min(m.rows, segment.rows() - row);
      logits(machine, first, rows, x, m);
      machine.rows(
          rows,
          (_, from, to, _) -> {
            for (int i = from; i < to; i++) {
              tokens.weight(first + i, crossEntropy(machine, m, i, tokens.target(first + i)).loss);
            }
          });
    }
  }

  /**
   * As {@link #losses}, with the gradients.
   *
   * @param divisor what Σ weight·loss is divided by
   * @param regulariserShare what the regulariser's gradient is divided by
   * @param dx (T,C) of the whole batch; the segment's rows are overwritten
   */
  void backward(
      Machine machine,
      Segment segment,
      float[] x,
      Tokens tokens,
      double divisor,
      double regulariserShare,
      Buffers m,
      float[] dx) {
    for (int row = 0; row < segment.rows(); row += m.rows) {
      int first = segment.first() + row;
      int rows = Math.min(m.rows, segment.rows() - row);
      logits(machine, first, rows, x, m);
      float[] dlogits = m.logits;
      machine.rows(
          rows,
          (_, from, to, _) -> {
            for (int i = from; i < to; i++) {
              int target = tokens.target(first + i);
              CrossEntropy result = crossEntropy(machine, m, i, target);
              float weight = (float) (tokens.weight(first + i, result.loss) / divisor);
              // loss = log Σ exp(logits) − logits[target]: dlogits = softmax(logits) − target
              int at = i * vocabulary;
              machine.kernels.scale(dlogits, at, weight / result.sum, vocabulary);
              dlogits[at + target] -= weight;
              // and the regulariser: the largest logit itself
              dlogits[at + result.argmax] += (float) (REGULARISER / regulariserShare * result.max);
            }
          });
      // logits = head · normal
      head.weightGradient(machine, rows, dlogits, 0, m.normal, 0);
      head.inputGradient(machine, rows, dlogits, 0, m.dnormal, 0, false);
      // normal = LN_out(x)
      Arrays.fill(dx, first * c, (first + rows) * c, 0f);
      norm.backward(machine, rows, x, first, m.dnormal, 0, dx, first);
    }
  }

  private void logits(Machine machine, int first, int rows, float[] x, Buffers m) {
    norm.forward(machine, rows, x, first, m.normal, 0);
    head.forward(machine, rows, m.normal, 0, m.logits, 0, false);
  }

  private record CrossEntropy(float loss, float max, int argmax, float sum) {}

  /** Leaves exp(logits − max) in the place of a row's logits. */
  private CrossEntropy crossEntropy(Machine machine, Buffers m, int row, int target) {
    int at = row * vocabulary;
    float max = machine.kernels.max(m.logits, at, vocabulary);
    int argmax = 0;
    while (argmax < vocabulary - 1 && m.logits[at + argmax] != max) {
      argmax++;
    }
    float targetLogit = m.logits[at + target];
    float sum = machine.kernels.expSum(m.logits, at, vocabulary, max, 1f);
    float loss = (float) (Math.log(sum) + max - targetLogit);
    return new CrossEntropy(loss, max, argmax, sum);
  }
}
