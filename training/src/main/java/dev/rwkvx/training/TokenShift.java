package dev.rwkvx.training;

import dev.rwkvx.training.Layout.Segment;
import java.util.Arrays;
import java.util.List;

/** m_c(x) = x + (x' − x)·x_c, where x' is the previous token's x, for one or several c. */
final class TokenShift {
  private final List<Weight> amounts;
  private final List<SharedGradient> gradients;
  private final int c;

  TokenShift(Weight... amounts) {
    this.amounts = List.of(amounts);
    gradients = this.amounts.stream().map(SharedGradient::new).toList();
    c = amounts[0].values().length;
  }

  /**
   * @param x (T,C), the rows of a segment
   * @param before (B,C), the tokens before the segment
   * @param mixed (T,C) for each c
   */
  void forward(Machine machine, Segment segment, float[] x, float[] before, float[]... mixed) {
    machine.rows(
        segment.rows(),
        (_, from, to, _) -> {
          for (int row = from; row < to; row++) {
            boolean first = row % segment.length() == 0;
            float[] previous = first ? before : x;
            int previousAt = (first ? row / segment.length() : row - 1) * c;
            for (int i = 0; i < mixed.length; i++) {
              float[] amount = amounts.get(i).values();
              machine.kernels.lerp(
                  x, row * c, previous, previousAt, amount, 0, mixed[i], row * c, c);
            }
          }
        });
  }

  /**
   * Segments come last one first.
   *
   * @param dmixed (T,C) for each c
   * @param dx (T,C), overwritten
   * @param dprevious (T,C), scratch
   * @param dlast (B,C): what the tokens after the segment add to the gradient of its last tokens;
   *     replaced by what this segment adds to those of the segment before
   */
  void backward(
      Machine machine,
      Segment segment,
      float[] x,
      float[] before,
      float[] dx,
      float[] dprevious,
      float[] dlast,
      float[]... dmixed) {
    int rows = segment.rows();
    float[][] damounts = new float[dmixed.length][];
    for (int i = 0; i < dmixed.length; i++) {
      damounts[i] = gradients.get(i).begin(Machine.parts(rows));
    }
    // m_c = x + (x' − x)·x_c: dx += dm_c·(1 − x_c), dx' += dm_c·x_c, dx_c += dm_c·(x' − x)
    machine.rows(
        rows,
        (part, from, to, _) -> {
          Arrays.fill(dx, from * c, to * c, 0f);
          Arrays.fill(dprevious, from * c, to * c, 0f);
          for (int row = from; row < to; row++) {
            int at = row * c;
            boolean first = row % segment.length() == 0;
            float[] previous = first ? before : x;
            int previousAt = (first ? row / segment.length() : row - 1) * c;
            for (int i = 0; i < dmixed.length; i++) {
              float[] amount = amounts.get(i).values();
              machine.gradients.lerp(
                  x,
                  at,
                  previous,
                  previousAt,
                  amount,
                  0,
                  dmixed[i],
                  at,
                  dx,
                  at,
                  dprevious,
                  at,
                  damounts[i],
                  part * c,
                  c);
            }
          }
        });
    for (SharedGradient gradient : gradients) {
      gradient.end(machine);
    }
    // x' of a token is x of the one before.
    machine.rows(
        rows,
        (_, from, to, _) -> {
          for (int row = from; row < to; row++) {
            boolean last = (row + 1) % segment.length() == 0;
            if (last) {
              machine.kernels.add(dlast, row / segment.length() * c, dx, row * c, c);
            } else {
              machine.kernels.add(dprevious, (row + 1) * c, dx, row * c, c);
            }
          }
        });
    for (int sequence = 0; sequence < segment.sequences(); sequence++) {
      System.arraycopy(dprevious, sequence * segment.length() * c, dlast, sequence * c, c);
    }
  }
}
