package dev.rwkvx.model;

import dev.rwkvx.math.Job;
import org.jspecify.annotations.Nullable;

/**
 * The way into a mix: normal = LN(x), then m_c(x) = x + (x' − x)·x_c where x' is the normalised row
 * before, in one walk over the rows.
 */
final class TokenShift {
  /** A mix whose inputs are shifted. */
  interface Mix {
    /** What the state keeps for this mix: its last normalised input. [C] */
    float[] kept(State state);

    /** Makes the mixed inputs of a row of {@code pass.normal} and the normalised row before it. */
    void shift(Pass pass, int row, float[] previous, int previousAt);
  }

  private final Pass pass;
  private final Job job = this::part;

  /** For each worker the normalised row before its part, which another worker may be making. */
  private final float[] before;

  private LayerNorm norm = LayerNorm.NONE;
  private @Nullable Mix mix;

  TokenShift(Pass pass) {
    this.pass = pass;
    before = new float[pass.workers.count() * pass.embedding];
  }

  /** Makes {@code pass.normal} and the mixed inputs of all rows. */
  void run(LayerNorm norm, Mix mix) {
    this.norm = norm;
    this.mix = mix;
    pass.runRows(job);
    for (int run = 0; run < pass.batch.runs(); run++) {
      pass.keepLast(run, mix.kept(pass.batch.state(run)));
    }
  }

  private void part(int part, int worker) {
    Mix mix = this.mix;
    if (mix == null) {
      throw new IllegalStateException("no mix is running");
    }
    Batch batch = pass.batch;
    int c = pass.embedding;
    int first = pass.firstRow(part);
    for (int row = first; row < pass.endRow(part); row++) {
      norm.apply(pass.kernels, pass.x, row * c, pass.normal, row * c);
      int run = batch.runOf(row);
      if (row == batch.first(run)) {
        mix.shift(pass, row, mix.kept(batch.state(run)), 0);
      } else if (row == first) {
        norm.apply(pass.kernels, pass.x, (row - 1) * c, before, worker * c);
        mix.shift(pass, row, before, worker * c);
      } else {
        mix.shift(pass, row, pass.normal, (row - 1) * c);
      }
    }
  }
}
