package dev.rwkvx.evaluation.trace;

import dev.rwkvx.model.ChunkChoice;

/**
 * Queries from top to bottom, chunks from left to right, of one head: so few cells that they can be
 * shown, each the mean of the queries and the sum of the chunks that fall into it.
 */
final class Picture {
  private final long tokens;
  private final int chunks;
  private final int rows;
  private final int columns;
  private final double[] mass;
  private final int[] chosen;
  private final int[] queries;

  /**
   * @param tokens of the whole text
   * @param chunks of the whole text
   * @param rows at most as many as tokens
   * @param columns at most as many as chunks
   */
  Picture(long tokens, int chunks, int rows, int columns) {
    this.tokens = tokens;
    this.chunks = chunks;
    this.rows = rows;
    this.columns = columns;
    mass = new double[rows * columns];
    chosen = new int[rows * columns];
    queries = new int[rows];
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  void add(ChunkChoice choice) {
    int row = (int) (choice.query() * rows / tokens);
    queries[row]++;
    int last = -1;
    for (int i = 0; i < choice.chunks().length; i++) {
      int cell = row * columns + (int) ((long) choice.chunks()[i] * columns / chunks);
      mass[cell] += choice.mass()[i];
      chosen[cell] += cell == last ? 0 : 1;
      last = cell;
    }
  }

  /** The mean mass of each cell, row by row: 0 … 255 stand for 0 … 1. */
  byte[] mass() {
    byte[] bytes = new byte[mass.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = scaled(mass[i], queries[i / columns]);
    }
    return bytes;
  }

  /** The share of queries that chose a chunk of each cell: 0 … 255 stand for 0 … 1. */
  byte[] chosen() {
    byte[] bytes = new byte[chosen.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = scaled(chosen[i], queries[i / columns]);
    }
    return bytes;
  }

  /** What is there at all can be told from what is not. */
  private static byte scaled(double sum, int count) {
    return sum == 0 ? 0 : (byte) Math.clamp(Math.round(255 * sum / count), 1, 255);
  }
}
