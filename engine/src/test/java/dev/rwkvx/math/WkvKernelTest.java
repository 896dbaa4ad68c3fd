package dev.rwkvx.math;

import static dev.rwkvx.math.Numbers.assertClose;
import static dev.rwkvx.math.Numbers.assertSameBits;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state update of RWKV-7 against the equations, at all head sizes. */
class WkvKernelTest {
  private static final int GUARD = 21;

  @ParameterizedTest
  @ValueSource(ints = {8, 12, 16, 20, 24, 32, 64, 96, 128})
  void agreesWithTheEquationsAndItsTwin(int n) {
    for (int tokens : new int[] {1, 2, 5}) {
      Case input = new Case(n, tokens);
      float[] state = input.state.clone();
      float[] y = input.untouched.clone();
      input.run(new ScalarKernels(), state, y);
      float[] twinState = input.state.clone();
      float[] twin = input.untouched.clone();
      input.run(new VectorKernels(), twinState, twin);
      assertSameBits("state", twinState, state);
      assertSameBits("y", twin, y);
      input.assertEquations(state, y);
    }
  }

  private static final class Case {
    private final int n;
    private final int tokens;
    private final int stride;
    private final int at = 7;
    private final int stateAt = 5;
    private final float[] state;
    private final float[] untouched;
    private final float[] r;
    private final float[] w;
    private final float[] k;
    private final float[] v;
    private final float[] kappa;
    private final float[] b;

    Case(int n, int tokens) {
      Numbers numbers = new Numbers(31L * n + tokens);
      this.n = n;
      this.tokens = tokens;
      stride = n + 3;
      int length = at + tokens * stride + GUARD;
      state = numbers.normal(stateAt + n * n + GUARD);
      untouched = numbers.normal(length);
      r = numbers.normal(length);
      w = numbers.uniform(length, 0.545, 1);
      k = numbers.normal(length);
      v = numbers.normal(length);
      double unit = Math.sqrt(1.0 / n);
      kappa = numbers.uniform(length, -unit, unit);
      b = numbers.uniform(length, -unit, unit);
    }

    void run(Kernels kernels, float[] s, float[] y) {
      kernels.wkv7(s, stateAt, n, tokens, r, w, k, v, kappa, b, y, y, at, stride);
    }

    void assertEquations(float[] actualState, float[] actual) {
      float[] expectedGuards = actual.clone();
      double[] s = new double[n * n];
      Arrays.setAll(s, i -> state[stateAt + i]);
      double tolerance = Numbers.EPSILON * 40 * n;
      for (int t = 0; t < tokens; t++) {
        int o = at + t * stride;
        for (int row = 0; row < n; row++) {
          double removed = 0;
          for (int j = 0; j < n; j++) {
            removed += s[j * n + row] * kappa[o + j];
          }
          double out = 0;
          for (int j = 0; j < n; j++) {
            int index = j * n + row;
            s[index] = s[index] * w[o + j] - removed * b[o + j] + (double) v[o + row] * k[o + j];
            out += s[index] * r[o + j];
          }
          assertClose("y of row " + row, actual[o + row], out, tolerance * 4);
        }
        System.arraycopy(untouched, o, expectedGuards, o, n);
      }
      assertSameBits("y between and around the tokens", expectedGuards, untouched);
      for (int i = 0; i < s.length; i++) {
        assertClose("element " + i + " of the state", actualState[stateAt + i], s[i], tolerance);
      }
      Numbers.assertUntouched("state", actualState, state, stateAt, stateAt + n * n);
    }
  }
}
