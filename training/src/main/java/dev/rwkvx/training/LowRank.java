package dev.rwkvx.training;

/**
 * y = f(x · first) · second, the low-rank pairs of RWKV-7. The bias, where there is one, belongs to
 * what follows.
 *
 * @param first [C,D]
 * @param second [D,C]
 */
record LowRank(Weight first, Weight second, int outer, int rank, Activation activation) {
  /** f. */
  enum Activation {
    NONE,
    TANH,
    SIGMOID
  }

  /** hidden = f(x · first) (T,D); y = hidden · second (T,C). */
  void forward(Machine machine, int rows, float[] x, float[] hidden, float[] y) {
    machine.products.nn(
        rows, rank, outer, x, 0, outer, first.values(), 0, rank, hidden, 0, rank, false);
    machine.rows(
        rows,
        (_, from, to, _) -> {
          int at = from * rank;
          int n = (to - from) * rank;
          switch (activation) {
            case NONE -> {}
            case TANH -> machine.kernels.tanh(hidden, at, n);
            case SIGMOID -> machine.kernels.sigmoid(hidden, at, n);
          }
        });
    machine.products.nn(
        rows, outer, rank, hidden, 0, rank, second.values(), 0, outer, y, 0, outer, false);
  }

  /**
   * Gradients of both matrices, and dhidden (T,D): what {@link #inputGradient} wants.
   *
   * @param dy (T,C)
   */
  void weightGradients(
      Machine machine, int rows, float[] dy, float[] x, float[] hidden, float[] dhidden) {
    // y = hidden · second: dsecond += hiddenᵀ dy, dhidden = dy secondᵀ
    float[] dsecond = second.gradient();
    if (dsecond != null) {
      machine.products.tn(rank, outer, rows, hidden, 0, rank, dy, 0, outer, dsecond, 0, outer);
    }
    machine.products.nt(
        rows, rank, outer, dy, 0, outer, second.values(), 0, outer, dhidden, 0, rank, false);
    // hidden = f(x · first)
    machine.rows(
        rows,
        (_, from, to, _) -> {
          int at = from * rank;
          int n = (to - from) * rank;
          switch (activation) {
            case NONE -> {}
            case TANH -> machine.gradients.tanh(hidden, dhidden, at, n);
            case SIGMOID -> machine.gradients.sigmoid(hidden, dhidden, at, n);
          }
        });
    // dfirst += xᵀ dhidden
    float[] dfirst = first.gradient();
    if (dfirst != null) {
      machine.products.tn(outer, rank, rows, x, 0, outer, dhidden, 0, rank, dfirst, 0, rank);
    }
  }

  /** hidden = f(x · first): dx = dhidden firstᵀ, or dx += dhidden firstᵀ. */
  void inputGradient(Machine machine, int rows, float[] dhidden, float[] dx, boolean add) {
    machine.products.nt(
        rows, outer, rank, dhidden, 0, rank, first.values(), 0, rank, dx, 0, outer, add);
  }
}
