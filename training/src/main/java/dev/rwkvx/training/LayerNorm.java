package dev.rwkvx.training;

/** y = (x − mean(x)) / √(var(x) + ε) · weight + bias, row by row. */
final class LayerNorm {
  static final float EPSILON = 1e-5f;

  private final Weight weight;
  private final Weight bias;
  private final float epsilon;
  private final SharedGradient dweight;
  private final SharedGradient dbias;
  private final int c;

  LayerNorm(Weight weight, Weight bias, float epsilon) {
    this.weight = weight;
    this.bias = bias;
    this.epsilon = epsilon;
    dweight = new SharedGradient(weight);
    dbias = new SharedGradient(bias);
    c = weight.values().length;
  }

  /** x (T,C) from {@code xRow} on, y (T,C) from {@code yRow} on. */
  void forward(Machine machine, int rows, float[] x, int xRow, float[] y, int yRow) {
    machine.rows(
        rows,
        (_, from, to, _) -> {
          for (int row = from; row < to; row++) {
            forwardRow(machine, x, xRow + row, y, yRow + row);
          }
        });
  }

  /** One row. */
  void forwardRow(Machine machine, float[] x, int xRow, float[] y, int yRow) {
    machine.kernels.layerNorm(
        x, xRow * c, c, weight.values(), bias.values(), 0, epsilon, y, yRow * c);
  }

  /** dx += the gradient through the norm; those of weight and bias are added to. */
  void backward(
      Machine machine,
      int rows,
      float[] x,
      int xRow,
      float[] dy,
      int dyRow,
      float[] dx,
      int dxRow) {
    float[] dweights = dweight.begin(Machine.parts(rows));
    float[] dbiases = dbias.begin(Machine.parts(rows));
    machine.rows(
        rows,
        (part, from, to, worker) -> {
          float[] normal = machine.row(worker, c);
          for (int row = from; row < to; row++) {
            machine.gradients.layerNorm(
                x,
                (xRow + row) * c,
                c,
                weight.values(),
                0,
                epsilon,
                normal,
                dy,
                (dyRow + row) * c,
                dx,
                (dxRow + row) * c,
                dweights,
                dbiases,
                part * c);
          }
        });
    dweight.end(machine);
    dbias.end(machine);
  }
}
