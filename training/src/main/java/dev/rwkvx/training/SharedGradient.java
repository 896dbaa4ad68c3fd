package dev.rwkvx.training;

import java.util.Arrays;

/**
 * The gradient of a vector that all tokens share. Every part of the work sums into a row of its
 * own; the rows are added in their order, so that the sum does not depend on the threads.
 */
final class SharedGradient {
  private final Weight weight;
  private final int n;
  private float[] rows = new float[0];
  private int parts;

  SharedGradient(Weight weight) {
    this.weight = weight;
    n = weight.values().length;
  }

  /** Starts with {@code parts} rows of zeros. */
  float[] begin(int parts) {
    this.parts = parts;
    if (rows.length < parts * n) {
      rows = new float[parts * n];
    } else {
      Arrays.fill(rows, 0, parts * n, 0f);
    }
    return rows;
  }

  /** The row of a part, in the array that {@link #begin} gave. */
  float[] rows() {
    return rows;
  }

  /** Adds all rows to the gradient, if the vector is trained. */
  void end(Machine machine) {
    float[] gradient = weight.gradient();
    if (gradient == null) {
      return;
    }
    for (int part = 0; part < parts; part++) {
      machine.kernels.add(rows, part * n, gradient, 0, n);
    }
  }
}
