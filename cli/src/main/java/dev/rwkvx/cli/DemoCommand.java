package dev.rwkvx.cli;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/**
 * {@code rwkvx demo}: what sets the architecture apart, on a small hybrid with random weights: the
 * same logits however the tokens are read, and a recurrent state of constant size.
 */
@Command(
    name = "demo",
    description = "Run a small untrained hybrid and show what this architecture promises.")
final class DemoCommand implements Callable<Integer> {
  private static final Config CONFIG = new Config(4096, 256, 64, 6, 2, 256, 3);
  private static final int TOKENS = 4096;
  private static final int[] PIECES = {TOKENS, 1000, 37, 1};
  private static final int DIFFERENT = 1;

  @ParentCommand private Main main;

  @Override
  public Integer call() {
    int[] tokens = new SplittableRandom(1).ints(TOKENS, 0, CONFIG.vocabulary()).toArray();
    try (RwkvX model =
        RwkvX.open(RandomModel.create(CONFIG, WeightType.BF16, 1), ModelOptions.defaults())) {
      print(
          """
          An RWKV-X of %d RWKV-7 and %d sparse-attention blocks, embedding size %d, chunks of %d
          tokens, %d chunks per query. Its weights are random: it computes, but says nothing.

          Reading %d tokens gives the same logits, to the bit, in pieces of any size:

          read                    tokens/s   logits of the last 64 tokens
          """,
          CONFIG.rwkvBlocks(),
          CONFIG.sparseBlocks(),
          CONFIG.embedding(),
          CONFIG.chunkSize(),
          CONFIG.topK(),
          TOKENS);
      float[] expected = new float[0];
      boolean same = true;
      // Compiles the code, so that the first line is not slower than it is.
      read(model, tokens, TOKENS);
      for (int piece : PIECES) {
        long start = System.nanoTime();
        float[] logits = read(model, tokens, piece);
        double rate = TOKENS / ((System.nanoTime() - start) / 1e9);
        boolean equal = expected.length == 0 || Arrays.equals(logits, expected);
        same &= equal;
        String verdict = expected.length == 0 ? "(the reference)" : equal ? "equal" : "DIFFERENT";
        expected = expected.length == 0 ? logits : expected;
        print("%-22s %9.0f   %s%n", name(piece), rate, verdict);
      }
      showMemory(model, tokens);
      return same ? 0 : DIFFERENT;
    }
  }

  private static String name(int piece) {
    return switch (piece) {
      case TOKENS -> "at once";
      case 1 -> "one by one";
      default -> "in pieces of " + piece;
    };
  }

  private static float[] read(RwkvX model, int[] tokens, int piece) {
    State state = model.newState();
    int v = CONFIG.vocabulary();
    float[] kept = new float[64 * v];
    int first = tokens.length - 64;
    for (int at = 0; at < tokens.length; at += piece) {
      int from = at;
      int end = Math.min(at + piece, tokens.length);
      if (end <= first) {
        model.forward(tokens, from, end, state, new float[v]);
        continue;
      }
      model.forwardAll(
          tokens,
          from,
          end,
          state,
          (row, count, logits) -> {
            for (int i = 0; i < count; i++) {
              int to = from + row + i - first;
              if (to >= 0) {
                System.arraycopy(logits, i * v, kept, to * v, v);
              }
            }
          });
    }
    return kept;
  }

  private void showMemory(RwkvX model, int[] tokens) {
    print(
        """

        The recurrent state never grows; the keys and values of the sparse blocks do:

        context   recurrent state   key-value cache
        """);
    State state = model.newState();
    float[] logits = new float[CONFIG.vocabulary()];
    for (int context = 256; context <= TOKENS; context *= 4) {
      model.forward(tokens, (int) state.position(), context, state, logits);
      print(
          "%7d   %15s   %15s%n",
          context, Text.bytes(state.recurrentBytes()), Text.bytes(state.cacheBytes()));
    }
  }

  private void print(String format, Object... values) {
    main.out.printf(Locale.ROOT, format, values);
    main.out.flush();
  }
}
