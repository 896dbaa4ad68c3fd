package dev.rwkvx.training;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Workers;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sums of gradients, one for every parameter that is trained; the frozen ones have none. */
public final class Gradients {
  /** Elements whose squares are added in float32 before the sums are added in float64. */
  private static final int BLOCK = 1 << 12;

  private final SequencedMap<String, float[]> sums = new LinkedHashMap<>();
  private int taken;

  Gradients() {}

  /** Makes room for the gradient of a parameter. */
  float[] add(Parameters.Parameter parameter) {
    return sums.computeIfAbsent(parameter.name(), _ -> new float[parameter.values().length]);
  }

  /** The sums that were added since the last call. */
  List<float[]> takeNew() {
    List<float[]> added = sums.values().stream().skip(taken).toList();
    taken = sums.size();
    return added;
  }

  /** {@return the names of the trained parameters} */
  public Set<String> names() {
    return Collections.unmodifiableSet(sums.keySet());
  }

  /**
   * {@return the gradient of a parameter, row-major like it; null when the parameter is frozen}
   *
   * @param name of a parameter
   */
  public float @Nullable [] of(String name) {
    return sums.get(name);
  }

  /** The gradient of a trained parameter. */
  float[] get(String name) {
    float[] sum = sums.get(name);
    if (sum == null) {
      throw new IllegalArgumentException(name + " is frozen");
    }
    return sum;
  }

  /** Sets all gradients to zero, before a new step. */
  public void clear() {
    for (float[] sum : sums.values()) {
      Arrays.fill(sum, 0f);
    }
  }

  /**
   * {@return the Euclidean norm over all gradients; not finite if one of them is not} The order of
   * the sum does not depend on the number of threads.
   *
   * @param kernels compute the sums
   * @param workers share the parameters out
   */
  public double norm(Kernels kernels, Workers workers) {
    double total = 0;
    for (float[] sum : List.copyOf(sums.values())) {
      int blocks = (sum.length + BLOCK - 1) / BLOCK;
      double[] squares = new double[blocks];
      workers.run(
          (blocks + 63) / 64,
          (part, worker) -> {
            for (int block = part * 64; block < Math.min(part * 64 + 64, blocks); block++) {
              int from = block * BLOCK;
              squares[block] =
                  kernels.gradients().squares(sum, from, Math.min(BLOCK, sum.length - from));
            }
          });
      for (double block : squares) {
        total += block;
      }
    }
    return Math.sqrt(total);
  }
}
