package dev.rwkvx.langchain4j;

import dev.rwkvx.generate.Context;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.function.BooleanSupplier;

/** Where answers come from. For any number of threads. */
interface Source extends AutoCloseable {
  /** The name of the model. */
  String name();

  Tokenizer tokenizer();

  /**
   * A conversation that has read the first tokens of a prompt.
   *
   * @param context is closed with this
   * @param read how many; all that were asked for unless reading was cancelled
   */
  record Begun(Context context, int read) implements AutoCloseable {
    @Override
    public void close() {
      context.close();
    }
  }

  /**
   * Reads the first tokens of a prompt, as far as nobody has read them before.
   *
   * @param to how many; less than the prompt has, 0 for none
   * @param cancelled asked between pieces
   */
  Begun begin(int[] prompt, int to, BooleanSupplier cancelled);

  /** Frees the model; no answer may be under way. */
  @Override
  void close();
}
