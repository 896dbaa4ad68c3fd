package dev.rwkvx.langchain4j;

import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.PrefixStore;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A model that remembers the conversations it has read, so that the next turn goes on with one. */
final class ModelSource implements Source {
  /** Tokens between two looks at the cancellation. */
  private static final int PIECE = 512;

  private static final int MOST_CONVERSATIONS = 1024;

  /** All are with the same model, vocabulary and kind of cache. */
  private static final String NAMESPACE = "";

  private final TextModel model;
  private final CacheOptions cache;
  private final Runnable close;
  private final PrefixStore store;

  /**
   * @param maxRemembered bytes of the states that are kept; 0 keeps none
   * @param close frees the model, if that is wanted
   * @throws dev.rwkvx.InputException when the cache does not fit the model
   */
  ModelSource(TextModel model, CacheOptions cache, long maxRemembered, Runnable close) {
    // What does not fit the model is told now and not by the first answer.
    model.newContext(cache).close();
    this.model = model;
    this.cache = cache;
    this.close = close;
    store = new PrefixStore(maxRemembered, maxRemembered == 0 ? 0 : MOST_CONVERSATIONS);
  }

  @Override
  public String name() {
    return name(model);
  }

  /** The name of a model's file without its ending. */
  static String name(TextModel model) {
    String file = String.valueOf(model.model().path().getFileName());
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  @Override
  public Tokenizer tokenizer() {
    return model.tokenizer();
  }

  @Override
  public Begun begin(int[] prompt, int to, BooleanSupplier cancelled) {
    Optional<PrefixStore.Hit> hit;
    synchronized (store) {
      // One token more than may have been read: a hit leaves at least one.
      hit = store.find(NAMESPACE, Arrays.copyOf(prompt, to + 1));
    }
    ModelContext context =
        hit.map(known -> model.newContext(known.state())).orElseGet(() -> model.newContext(cache));
    try {
      return new Begun(
          context,
          read(context, prompt, hit.map(PrefixStore.Hit::tokens).orElse(0), to, cancelled));
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
  }

  private int read(
      ModelContext context, int[] prompt, int from, int to, BooleanSupplier cancelled) {
    float[] logits = new float[from < to ? context.vocabulary() : 0];
    int at = from;
    while (at < to && !cancelled.getAsBoolean()) {
      int end = Math.min(at + PIECE, to);
      context.read(prompt, at, end, logits);
      at = end;
    }
    if (from < to && at == to) {
      synchronized (store) {
        store.put(NAMESPACE, Arrays.copyOf(prompt, to), context.state().fork());
      }
    }
    return at;
  }

  @Override
  public void close() {
    synchronized (store) {
      store.close();
    }
    close.run();
  }
}
