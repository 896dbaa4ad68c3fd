package dev.rwkvx.training;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Random matrices with orthonormal rows or columns, whichever there are fewer of. */
final class Orthogonal {
  /** Elements from which a step is worth several threads. */
  private static final long PARALLEL = 1 << 18;

  private Orthogonal() {}

  /**
   * Normal numbers, made orthogonal by the modified Gram-Schmidt process in float64.
   *
   * @return row-major, times {@code gain}; the same for any number of threads
   */
  static float[] matrix(int rows, int columns, double gain, SplittableRandom random) {
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[][] vectors = new double[count][length];
    for (double[] vector : vectors) {
      for (int i = 0; i < length; i++) {
        vector[i] = random.nextGaussian();
      }
    }
    for (int j = 0; j < count; j++) {
      double[] q = vectors[j];
      normalise(q);
      IntStream later = IntStream.range(j + 1, count);
      boolean parallel = (long) (count - j) * length >= PARALLEL;
      (parallel ? later.parallel() : later).forEach(k -> removePart(q, vectors[k]));
    }
    float[] matrix = new float[Math.multiplyExact(rows, columns)];
    for (int j = 0; j < count; j++) {
      int first = rows < columns ? j * columns : j;
      int stride = rows < columns ? 1 : columns;
      for (int i = 0; i < length; i++) {
        matrix[first + i * stride] = (float) (gain * vectors[j][i]);
      }
    }
    return matrix;
  }

  private static void normalise(double[] v) {
    double scale = 1 / Math.sqrt(dot(v, v));
    for (int i = 0; i < v.length; i++) {
      v[i] *= scale;
    }
  }

  /** v ← v − (q·v) q. */
  private static void removePart(double[] q, double[] v) {
    double part = dot(q, v);
    for (int i = 0; i < v.length; i++) {
      v[i] -= part * q[i];
    }
  }

  private static double dot(double[] x, double[] y) {
    // Four sums, because each waits for its last addition.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i <= x.length - 4; i += 4) {
      a += x[i] * y[i];
      b += x[i + 1] * y[i + 1];
      c += x[i + 2] * y[i + 2];
      d += x[i + 3] * y[i + 3];
    }
    for (; i < x.length; i++) {
      a += x[i] * y[i];
    }
    return (a + b) + (c + d);
  }
}
