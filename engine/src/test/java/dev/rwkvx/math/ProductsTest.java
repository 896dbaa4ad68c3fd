package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;

import dev.rwkvx.math.Products.Then;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists of products: any rows, any threads, any kernels, the same bits. */
class ProductsTest {
  private static final int MOST_ROWS = 200;

  /** Outputs and inputs: whole and broken panels and tiles, one block of the sum and several. */
  private static final List<Panels> MATRICES =
      List.of(
          Panels.random(WeightType.F32, 70, 65, 1),
          Panels.random(WeightType.BF16, 32, 600, 2),
          Panels.random(WeightType.F16, 129, 33, 3),
          Panels.random(WeightType.F32, 5, 1100, 4),
          Panels.random(WeightType.Q8, 67, 64, 5),
          Panels.random(WeightType.Q4, 33, 608, 6));

  private final List<Matrix> packed = MATRICES.stream().map(Panels::pack).toList();

  @ParameterizedTest
  @EnumSource
  void agreesWithTheFormula(Then then) {
    int rows = 9;
    Batch job = new Batch(rows);
    float[][] before = job.outputs();
    float[][] y = job.run(new VectorKernels(), 1, then, before);
    for (int m = 0; m < MATRICES.size(); m++) {
      Panels w = MATRICES.get(m);
      for (int row = 0; row < rows; row++) {
        for (int out = 0; out < w.outputs(); out++) {
          double sum = 0;
          double magnitude = 1;
          for (int i = 0; i < w.inputs(); i++) {
            double term = job.x[m][job.xAt(m, row) + i] * w.value(out, i);
            sum += term;
            magnitude += Math.abs(term);
          }
          int at = job.yAt(m, row) + out;
          double expected = apply(then, sum, before[m][at]);
          // max(sum, 0)² is twice as sensitive as its sum is large.
          double slope = then == Then.RELU_SQUARED ? 1 + 2 * Math.abs(sum) : 1;
          double tolerance = Numbers.EPSILON * (w.inputs() + 8) * magnitude * slope;
          assertClose(then + " " + m + ", row " + row, y[m][at], expected, tolerance);
        }
        for (int at = job.yAt(m, row) + w.outputs(); at < job.yAt(m, row + 1); at++) {
          assertClose("between the rows", y[m][at], before[m][at], 0);
        }
      }
    }
  }

  private static double apply(Then then, double sum, double before) {
    return switch (then) {
      case STORE -> sum;
      case ADD -> before + sum;
      case TANH -> Math.tanh(sum);
      case SIGMOID -> 1 / (1 + Math.exp(-sum));
      case RELU_SQUARED -> Math.pow(Math.max(sum, 0), 2);
    };
  }

  @Test
  void threadsDoNotChangeABit() {
    IntStream.concat(IntStream.rangeClosed(1, 20), IntStream.of(MOST_ROWS))
        .forEach(rows -> {
          Batch job = new Batch(rows);
          Then then = Then.values()[rows % Then.values().length];
          float[][] expected = job.run(new VectorKernels(), 1, then, job.outputs());
          for (int threads : new int[] {2, 3, 5}) {
            float[][] actual = job.run(new VectorKernels(), threads, then, job.outputs());
            for (int m = 0; m < MATRICES.size(); m++) {
              assertSameBits(rows + " rows, " + threads + " threads", actual[m], expected[m]);
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aRowAloneGivesTheBitsItGivesAmongOthers(Then then) {
    Batch all = new Batch(MOST_ROWS);
    float[][] expected = all.run(new VectorKernels(), 2, then, all.outputs());
    for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 20}) {
      Batch some = new Batch(rows);
      float[][] actual = some.run(new VectorKernels(), 1, then, some.outputs());
      for (int m = 0; m < MATRICES.size(); m++) {
        assertSameBits(
            rows + " of " + MOST_ROWS + " rows",
            actual[m],
            Arrays.copyOf(expected[m], actual[m].length));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void scalarKernelsGiveTheSameBits(Then then) {
    for (int rows : new int[] {1, 3, 4, 13}) {
      Batch job = new Batch(rows);
      float[][] expected = job.run(new ScalarKernels(), 2, then, job.outputs());
      float[][] actual = job.run(new VectorKernels(), 2, then, job.outputs());
      for (int m = 0; m < MATRICES.size(); m++) {
        assertSameBits(then + ", " + rows + " rows", actual[m], expected[m]);
      }
    }
  }

  @Test
  void aPanelProductTakesAnyPartOfAMatrix() {
    Numbers numbers = new Numbers(9);
    Panels w = MATRICES.get(2);
    Matrix matrix = packed.get(2);
    PanelProduct product = new PanelProduct(new VectorKernels());
    for (int rows = 1; rows <= 14; rows++) {
      for (int from = 0; from < w.outputs(); from += Kernels.PANEL) {
        int to = from + 1 + numbers.below(w.outputs() - from);
        int xStride = w.inputs() + numbers.below(5);
        int yStride = w.outputs() + numbers.below(5);
        int xAt = numbers.below(9);
        int yAt = numbers.below(9);
        float[] x = numbers.normal(xAt + rows * xStride);
        float[] before = numbers.normal(yAt + rows * yStride);
        for (boolean add : new boolean[] {false, true}) {
          float[] y = before.clone();
          product.run(
              w.type(),
              matrix.panels(),
              0,
              matrix.panelStride(),
              from,
              to,
              w.inputs(),
              rows,
              x,
              xAt,
              xStride,
              y,
              yAt,
              yStride,
              add);
          float[] guards = y.clone();
          for (int row = 0; row < rows; row++) {
            for (int out = from; out < to; out++) {
              int at = yAt + row * yStride + out;
              double expected = add ? before[at] : 0;
              for (int i = 0; i < w.inputs(); i++) {
                expected += x[xAt + row * xStride + i] * w.value(out, i);
              }
              assertClose("row " + row + ", output " + out, y[at], expected, 1e-4);
              guards[at] = before[at];
            }
          }
          assertSameBits("outside " + from + " … " + to, guards, before);
        }
      }
    }
  }

  /** All matrices at once, each with inputs and outputs of its own and gaps between rows. */
  private final class Batch {
    private static final int GAP = 3;

    private final int rows;
    private final float[][] x = new float[MATRICES.size()][];

    /** The same first rows, however many there are. */
    Batch(int rows) {
      this.rows = rows;
      Arrays.setAll(x, m -> new Numbers(m).normal(xAt(m, rows)));
    }

    int xAt(int m, int row) {
      return m + row * (MATRICES.get(m).inputs() + GAP);
    }

    int yAt(int m, int row) {
      return row * (MATRICES.get(m).outputs() + GAP);
    }

    float[][] outputs() {
      float[][] y = new float[MATRICES.size()][];
      Arrays.setAll(y, m -> new Numbers(10 + m).normal(yAt(m, rows)));
      return y;
    }

    float[][] run(Kernels kernels, int threads, Then then, float[][] before) {
      float[][] y = Arrays.stream(before).map(float[]::clone).toArray(float[][]::new);
      try (Workers workers = new Workers(threads)) {
        Products products = new Products(kernels, workers).start(rows);
        for (int m = 0; m < MATRICES.size(); m++) {
          Matrix matrix = packed.get(m);
          int xStride = matrix.inputs() + GAP;
          int yStride = matrix.outputs() + GAP;
          products.add(matrix, x[m], xAt(m, 0), xStride, y[m], yStride, then);
        }
        products.run();
      }
      return y;
    }
  }
}
