package dev.rwkvx.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A context that remembers what it reads and favours tokens that a script names. */
final class ScriptedContext implements Context {
  private final int vocabulary;
  private final List<Integer> script = new ArrayList<>();
  private final List<Integer> read = new ArrayList<>();
  private int next;
  private int marked = -1;
  int calls;

  ScriptedContext(int vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** The next answers: one token after each call of read, 0 where the script ends. */
  void answer(int... tokens) {
    script.clear();
    next = 0;
    Arrays.stream(tokens).forEach(script::add);
  }

  int[] read() {
    return read.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public void read(int[] tokens, int from, int to, float[] logits) {
    calls++;
    for (int i = from; i < to; i++) {
      read.add(tokens[i]);
    }
    // Only the last piece of a prompt and what follows draws a token.
    Arrays.fill(logits, 0);
    logits[next < script.size() ? script.get(next) : 0] = 100;
    next += to - from < 512 ? 1 : 0;
  }

  @Override
  public void mark() {
    marked = read.size();
  }

  @Override
  public void rewind() {
    if (marked < 0) {
      throw new IllegalStateException();
    }
    read.subList(marked, read.size()).clear();
  }

  @Override
  public void reset() {
    read.clear();
    marked = -1;
  }
}
