package dev.rwkvx.training;

import dev.rwkvx.training.Layout.Segment;
import java.util.Arrays;

/**
 * The recurrence of RWKV-7, per head:
 *
 * <pre>
 *   S_t = S_{t−1} diag(w_t) − (S_{t−1} κ_t) b_tᵀ + v_t k_tᵀ
 *   y_t = S_t r_t
 * </pre>
 *
 * <p>A state is kept where a segment starts and, within a segment, every few tokens; the backward
 * pass repeats the steps between.
 */
final class Wkv7 {
  /** The most tokens between kept states: their states fit the second-level cache. */
  static final int RUN = Layout.GRAIN;

  private final int n;
  private final int c;

  Wkv7(int headSize, int embedding) {
    n = headSize;
    c = embedding;
  }

  /** The vectors of a segment, each (T,C), as {@link dev.rwkvx.math.Kernels#wkv7} wants them. */
  record Inputs(float[] r, float[] w, float[] k, float[] v, float[] kappa, float[] b) {}

  /** The gradients of {@link Inputs}. */
  record InputGradients(
      float[] dr, float[] dw, float[] dk, float[] dv, float[] dkappa, float[] db) {}

  /** What is done with the rows {@code from … to − 1} of a segment, while they are in the cache. */
  interface Rows {
    void run(int from, int to);
  }

  /** The memory of one worker. */
  static final class Scratch {
    /** The states of a run, row by row. (RUN + 1,N,N) */
    final float[] states;

    final float[] sums;

    Scratch(int n) {
      states = new float[(RUN + 1) * n * n];
      sums = new float[33 * n];
    }
  }

  /**
   * Where the runs of a segment start, counted from its first token, and where the last one ends:
   * every {@link #RUN} tokens and where the state is cleared.
   *
   * @param resets where the state of this sequence is replaced
   */
  static int[] runs(Segment segment, Resets resets) {
    int[] positions = resets.positions();
    int[] starts = new int[(segment.length() + RUN - 1) / RUN + positions.length + 1];
    int count = 0;
    int next = 0;
    for (int t = 0; t < segment.length(); t++) {
      while (next < positions.length && positions[next] < segment.start() + t) {
        next++;
      }
      boolean reset = next < positions.length && positions[next] == segment.start() + t;
      if (t % RUN == 0 || reset) {
        starts[count++] = t;
      }
    }
    starts[count++] = segment.length();
    return Arrays.copyOf(starts, count);
  }

  /**
   * One head of one sequence over a segment.
   *
   * @param start what a state can be replaced by, for all heads, column by column: that of a new
   *     sequence, then the {@link OldStates}
   * @param s the state before the segment, column by column from {@code sAt}; replaced by the state
   *     after it
   * @param kept receives the state before each run from {@code keptAt} on; empty to keep none
   * @param removed receives S κ, (T,C)
   * @param before makes the inputs of a run
   * @param after takes up y of a run
   */
  void forward(
      Machine machine,
      Segment segment,
      int sequence,
      int head,
      Resets resets,
      Inputs in,
      float[] start,
      float[] s,
      int sAt,
      float[] kept,
      int keptAt,
      float[] removed,
      float[] y,
      Rows before,
      Rows after) {
    int[] runs = runs(segment, resets);
    int first = sequence * segment.length();
    for (int i = 0; i + 1 < runs.length; i++) {
      before.run(first + runs[i], first + runs[i + 1]);
      int state = resets.state(segment.start() + runs[i]);
      if (state >= 0) {
        System.arraycopy(start, state * c * n + head * n * n, s, sAt, n * n);
      }
      if (kept.length > 0) {
        System.arraycopy(s, sAt, kept, keptAt + i * n * n, n * n);
      }
      int at = (first + runs[i]) * c + head * n;
      machine.kernels.wkv7(
          s,
          sAt,
          n,
          runs[i + 1] - runs[i],
          in.r,
          in.w,
          in.k,
          in.v,
          in.kappa,
          in.b,
          removed,
          y,
          at,
          c);
      after.run(first + runs[i], first + runs[i + 1]);
    }
  }

  /**
   * One head of one sequence over a segment; segments come last one first.
   *
   * @param kept what {@link #forward} kept
   * @param ds the gradient of the state after the segment, row by row from {@code dsAt}; replaced
   *     by that of the state before it
   * @param dstart the gradient of the state of a new sequence, placed like ds; added to
   * @param d overwritten
   * @param before makes dy of a run
   * @param after takes up d of a run
   */
  void backward(
      Machine machine,
      Segment segment,
      int sequence,
      int head,
      Resets resets,
      Inputs in,
      float[] kept,
      int keptAt,
      float[] removed,
      float[] dy,
      float[] ds,
      float[] dstart,
      int dsAt,
      InputGradients d,
      Scratch scratch,
      Rows before,
      Rows after) {
    int[] runs = runs(segment, resets);
    int first = sequence * segment.length();
    for (int i = runs.length - 2; i >= 0; i--) {
      before.run(first + runs[i], first + runs[i + 1]);
      int tokens = runs[i + 1] - runs[i];
      int at = (first + runs[i]) * c + head * n;
      machine.gradients.transpose(kept, keptAt + i * n * n, n, n, n, scratch.states, 0, n);
      machine.gradients.wkv7States(
          scratch.states, n, tokens, in.w, in.k, in.v, in.b, removed, dy, d.dr, at, c);
      machine.gradients.wkv7(
          scratch.states,
          n,
          tokens,
          in.r,
          in.w,
          in.k,
          in.v,
          in.kappa,
          in.b,
          removed,
          dy,
          ds,
          dsAt,
          d.dw,
          d.dk,
          d.dv,
          d.dkappa,
          d.db,
          at,
          c,
          scratch.sums);
      after.run(first + runs[i], first + runs[i + 1]);
      int state = resets.state(segment.start() + runs[i]);
      if (state == 0) {
        machine.kernels.add(ds, dsAt, dstart, dsAt, n * n);
      }
      if (state >= 0) {
        Arrays.fill(ds, dsAt, dsAt + n * n, 0f);
      }
    }
  }
}
