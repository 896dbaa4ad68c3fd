package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.Arrays;

/** x = LN0(emb[token]). */
final class Embedding {
  /** Columns of a part of the gradient's sum, which runs over the tokens in order. */
  private static final int PART_COLUMNS = 32;

  private final Weight embedding;
  private final LayerNorm norm;
  private final int c;

  Embedding(Binding binding, Config config, String prefix) {
    c = config.embedding();
    embedding = binding.matrix(prefix + "emb.weight", config.vocabulary(), c);
    norm = binding.norm(prefix + "blocks.0.ln0", LayerNorm.EPSILON);
  }

  private void look(Machine machine, Segment segment, int[] tokens, float[] e) {
    machine.rows(
        segment.rows(),
        (_, from, to, _) -> {
          for (int row = from; row < to; row++) {
            int token = tokens[segment.first() + row];
            System.arraycopy(embedding.values(), token * c, e, row * c, c);
          }
        });
  }

  /**
   * @param tokens of the whole batch, row by row
   * @param e (T,C) of the segment, scratch
   * @param x (T,C) of the whole batch
   */
  void forward(Machine machine, Segment segment, int[] tokens, float[] e, float[] x) {
    look(machine, segment, tokens, e);
    norm.forward(machine, segment.rows(), e, 0, x, segment.first());
  }

  /**
   * @param dx (T,C) of the whole batch
   * @param de (T,C) of the segment, scratch, as is e
   */
  void backward(Machine machine, Segment segment, int[] tokens, float[] e, float[] de, float[] dx) {
    look(machine, segment, tokens, e);
    Arrays.fill(de, 0, segment.rows() * c, 0f);
    norm.backward(machine, segment.rows(), e, 0, dx, segment.first(), de, 0);
    float[] dembedding = embedding.gradient();
    if (dembedding == null) {
      return;
    }
    // e = emb[token]: demb[token] += de
    machine.workers.run(
        (c + PART_COLUMNS - 1) / PART_COLUMNS,
        (part, _) -> {
          int column = part * PART_COLUMNS;
          int columns = Math.min(PART_COLUMNS, c - column);
          for (int row = 0; row < segment.rows(); row++) {
            int token = tokens[segment.first() + row];
            machine.kernels.add(de, row * c + column, dembedding, token * c + column, columns);
          }
        });
  }
}
