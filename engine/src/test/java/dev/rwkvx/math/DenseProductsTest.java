package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of float matrices against the formula, between twins and over threads. */
class DenseProductsTest {
  private static final int GUARD = 7;

  private enum Form {
    NT,
    NN,
    TN
  }

  /** Of matrices with gaps between their rows and room around them. */
  private record Case(Form form, int m, int n, int inner, boolean add) {
    int aRows() {
      return form == Form.TN ? inner : m;
    }

    int aColumns() {
      return form == Form.TN ? m : inner;
    }

    int bRows() {
      return form == Form.NT ? n : inner;
    }

    int bColumns() {
      return form == Form.NT ? inner : n;
    }

    float[] run(Kernels kernels, int threads, float[] a, float[] b, float[] c) {
      float[] result = c.clone();
      try (Workers workers = new Workers(threads)) {
        DenseProducts products = new DenseProducts(kernels, workers);
        int aStride = aColumns() + 1;
        int bStride = bColumns() + 2;
        int cStride = n + 3;
        switch (form) {
          case NT ->
              products.nt(m, n, inner, a, 5, aStride, b, 3, bStride, result, 2, cStride, add);
          case NN ->
              products.nn(m, n, inner, a, 5, aStride, b, 3, bStride, result, 2, cStride, add);
          case TN -> products.tn(m, n, inner, a, 5, aStride, b, 3, bStride, result, 2, cStride);
        }
      }
      return result;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1, 70, 3",
    "3, 64, 16",
    "4, 65, 17",
    "5, 63, 64",
    "8, 128, 40",
    "26, 33, 512",
    // Half a panel, alone and behind a whole one.
    "14, 32, 40",
    "15, 96, 520",
    "50, 130, 513",
    "200, 64, 1030",
    "97, 300, 33",
    // More than a strip of rows, a band of columns.
    "800, 33, 20",
    "20, 1100, 70"
  })
  void agreeWithTheFormula(int m, int n, int inner) {
    for (Form form : Form.values()) {
      check(new Case(form, m, n, inner, true));
      if (form != Form.TN) {
        check(new Case(form, m, n, inner, false));
      }
    }
  }

  private static void check(Case c) {
    Numbers numbers = new Numbers(c.m + c.n + c.inner);
    float[] a = numbers.normal(5 + c.aRows() * (c.aColumns() + 1) + GUARD);
    float[] b = numbers.normal(3 + c.bRows() * (c.bColumns() + 2) + GUARD);
    float[] before = numbers.normal(2 + c.m * (c.n + 3) + GUARD);
    float[] actual = c.run(new VectorKernels(), 2, a, b, before);
    assertSameBits(c + " on one thread", c.run(new VectorKernels(), 1, a, b, before), actual);
    assertSameBits(c + " on three", c.run(new VectorKernels(), 3, a, b, before), actual);
    assertSameBits(c + ", scalar", c.run(new ScalarKernels(), 2, a, b, before), actual);
    float[] outside = actual.clone();
    for (int i = 0; i < c.m; i++) {
      for (int j = 0; j < c.n; j++) {
        int at = 2 + i * (c.n + 3) + j;
        double expected = c.add ? before[at] : 0;
        double magnitude = Math.abs(expected);
        for (int k = 0; k < c.inner; k++) {
          double term = (double) at(c, a, true, i, k) * at(c, b, false, j, k);
          expected += term;
          magnitude += Math.abs(term);
        }
        double tolerance = Numbers.EPSILON * (c.inner + 3) * magnitude;
        assertClose(c + ", element " + i + ", " + j, actual[at], expected, tolerance);
        outside[at] = before[at];
      }
    }
    assertSameBits(c + ", around C", outside, before);
  }

  /** Factor k of row i of C (from A) or of column i (from B). */
  private static float at(Case c, float[] matrix, boolean left, int i, int k) {
    if (left) {
      int stride = c.aColumns() + 1;
      return matrix[5 + (c.form == Form.TN ? k * stride + i : i * stride + k)];
    }
    int stride = c.bColumns() + 2;
    return matrix[3 + (c.form == Form.NT ? i * stride + k : k * stride + i)];
  }

  /** What training computes is what inference computes, in which weights are packed beforehand. */
  @Test
  void sameBitsAsPackedWeights() {
    int rows = 37;
    int outputs = 75;
    int inputs = 1100;
    Numbers numbers = new Numbers(1);
    float[] x = numbers.normal(rows * inputs);
    float[] w = numbers.normal(outputs * inputs);
    float[] expected = new float[rows * outputs];
    float[] actual = new float[rows * outputs];
    try (Workers workers = new Workers(2)) {
      Kernels kernels = new VectorKernels();
      MemorySegment bytes = Arena.ofAuto().allocate(w.length * 4L, 64);
      bytes.copyFrom(MemorySegment.ofArray(w));
      Matrix matrix =
          Packing.pack(
              bytes,
              WeightType.F32,
              Packing.Order.OUTPUTS_FIRST,
              outputs,
              inputs,
              Arena.ofAuto(),
              workers);
      new Products(kernels, workers)
          .start(rows)
          .add(matrix, x, 0, inputs, expected, outputs, Products.Then.STORE)
          .run();
      new DenseProducts(kernels, workers)
          .nt(rows, outputs, inputs, x, 0, inputs, w, 0, inputs, actual, 0, outputs, false);
    }
    assertSameBits("rows", actual, expected);
  }
}
