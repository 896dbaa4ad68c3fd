package dev.rwkvx.training;

/**
 * y = x Wᵀ.
 *
 * @param weight W [outputs, inputs]
 */
record Linear(Weight weight, int outputs, int inputs) {
  /** y = x Wᵀ, or y += x Wᵀ. x (T,I), y (T,O), from the given rows on. */
  void forward(Machine machine, int rows, float[] x, int xRow, float[] y, int yRow, boolean add) {
    machine.products.nt(
        rows,
        outputs,
        inputs,
        x,
        xRow * inputs,
        inputs,
        weight.values(),
        0,
        inputs,
        y,
        yRow * outputs,
        outputs,
        add);
  }

  /** y = x Wᵀ: dW += dyᵀ x. */
  void weightGradient(Machine machine, int rows, float[] dy, int dyRow, float[] x, int xRow) {
    float[] gradient = weight.gradient();
    if (gradient == null) {
      return;
    }
    machine.products.tn(
        outputs,
        inputs,
        rows,
        dy,
        dyRow * outputs,
        outputs,
        x,
        xRow * inputs,
        inputs,
        gradient,
        0,
        inputs);
  }

  /** y = x Wᵀ: dx = dy W, or dx += dy W. */
  void inputGradient(
      Machine machine, int rows, float[] dy, int dyRow, float[] dx, int dxRow, boolean add) {
    machine.products.nn(
        rows,
        inputs,
        outputs,
        dy,
        dyRow * outputs,
        outputs,
        weight.values(),
        0,
        inputs,
        dx,
        dxRow * inputs,
        inputs,
        add);
  }
}
