package dev.rwkvx.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward pass: runs of tokens of one or more states, one run after the other. A
 * row is one token; rows of different runs meet in matrix products only.
 */
final class Batch {
  private @Nullable State[] states = new State[1];
  private int[] firstRow = new int[1];
  private int runs;
  private int[] tokens = new int[1];

  /** The run that each row belongs to. */
  private int[] runOfRow = new int[1];

  private int rows;

  void clear() {
    runs = 0;
    rows = 0;
  }

  /** Appends a run of tokens; a state must not appear twice. */
  void add(State state, int[] source, int from, int to) {
    if (runs + 1 >= firstRow.length) {
      firstRow = Arrays.copyOf(firstRow, 2 * runs + 2);
      states = Arrays.copyOf(states, 2 * runs + 2);
    }
    int count = to - from;
    if (rows + count > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(rows + count, 2 * rows));
      runOfRow = Arrays.copyOf(runOfRow, tokens.length);
    }
    System.arraycopy(source, from, tokens, rows, count);
    Arrays.fill(runOfRow, rows, rows + count, runs);
    states[runs] = state;
    firstRow[runs++] = rows;
    rows += count;
    firstRow[runs] = rows;
  }

  int rows() {
    return rows;
  }

  int runs() {
    return runs;
  }

  int token(int row) {
    return tokens[row];
  }

  State state(int run) {
    State state = states[run];
    if (state == null) {
      throw new IllegalStateException("run " + run + " has no state");
    }
    return state;
  }

  /** First row of a run. */
  int first(int run) {
    return firstRow[run];
  }

  /** Rows of a run. */
  int count(int run) {
    return firstRow[run + 1] - firstRow[run];
  }

  /** The last row of a run. */
  int last(int run) {
    return firstRow[run + 1] - 1;
  }

  int runOf(int row) {
    return runOfRow[row];
  }
}
