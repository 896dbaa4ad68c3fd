package dev.rwkvx.model;

import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Spill;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One conversation: everything that grows or changes while a model reads. A model reads into many
 * states; a state belongs to the model that made it and is used by one thread at a time.
 *
 * <p>States that spill to a file have to be closed, each fork too; others may be.
 */
public final class State implements AutoCloseable {
  private final Config config;
  private final CacheOptions options;
  private final Ablation ablation;
  private @Nullable SpillFile spill;
  private long position;

  /** Per RWKV-7 block: the input of the time mix at the previous token. [C] */
  final float[][] timeShift;

  /** Per RWKV-7 block, then per sparse block: the input of the channel mix before. [C] */
  final float[][] channelShift;

  /** Per RWKV-7 block: S of all heads, each column by column. [H·N·N] */
  final float[][] wkv;

  /** Per sparse block. */
  final KvCache[] caches;

  /** Per sparse block of a bounded state, else empty. */
  final Budget[] budgets;

  /**
   * @throws dev.rwkvx.InputException when the options do not fit the model, or there is no place to
   *     spill to
   */
  State(Config config, CacheOptions options, Ablation ablation) {
    options.check(config);
    this.config = config;
    this.options = options;
    this.ablation = ablation;
    int blocks = config.rwkvBlocks();
    timeShift = new float[blocks][config.embedding()];
    channelShift = new float[blocks + config.sparseBlocks()][config.embedding()];
    wkv = new float[blocks][config.embedding() * config.headSize()];
    caches = new KvCache[config.sparseBlocks()];
    openCaches();
    budgets = new Budget[options.policy() instanceof Bounded ? caches.length : 0];
    if (options.policy() instanceof Bounded bounded) {
      Arrays.setAll(budgets, i -> new Budget(bounded, config, caches[i]));
    }
  }

  private void openCaches() {
    if (options.policy() instanceof Spill policy && caches.length > 0) {
      spill = SpillFile.create(policy.folder());
    }
    Arrays.setAll(caches, i -> new KvCache(config, options.type(), spill));
  }

  private State(State other) {
    config = other.config;
    options = other.options;
    ablation = other.ablation;
    position = other.position;
    timeShift = copy(other.timeShift);
    channelShift = copy(other.channelShift);
    wkv = copy(other.wkv);
    caches = new KvCache[other.caches.length];
    if (other.spill != null && position == 0) {
      // Nothing to share: a file of its own, which goes when this state is closed.
      openCaches();
    } else {
      spill = other.spill == null ? null : other.spill.retain();
      Arrays.setAll(caches, i -> other.caches[i].fork());
    }
    budgets = new Budget[other.budgets.length];
    Arrays.setAll(budgets, i -> other.budgets[i].fork(caches[i]));
  }

  private static float[][] copy(float[][] source) {
    float[][] copy = source.clone();
    Arrays.setAll(copy, i -> source[i].clone());
    return copy;
  }

  /** {@return tokens read so far} */
  public long position() {
    return position;
  }

  void advance(long tokens) {
    position += tokens;
  }

  /** Tokens that may be read before a cache is cut, the same for all blocks, or a reset is due. */
  long tokensToBorder() {
    long toCut = budgets.length == 0 ? Long.MAX_VALUE : budgets[0].tokensToBorder();
    return Math.min(toCut, ablation.tokensToReset(position));
  }

  /** Does what is due before the next token is read. */
  void begin() {
    if (ablation.clearsWkvAt(position)) {
      for (float[] s : wkv) {
        Arrays.fill(s, 0f);
      }
    }
  }

  /** {@return how keys and values are kept} */
  public CacheOptions cacheOptions() {
    return options;
  }

  /** {@return what this state does without} */
  public Ablation ablation() {
    return ablation;
  }

  /** {@return the sizes of the model that this state belongs to} */
  public Config config() {
    return config;
  }

  /** Forgets everything, as if no token had been read. */
  public void reset() {
    position = 0;
    for (float[][] part : List.of(timeShift, channelShift, wkv)) {
      for (float[] values : part) {
        Arrays.fill(values, 0f);
      }
    }
    if (spill != null) {
      // Forks may still read from the old file.
      spill.close();
      openCaches();
      return;
    }
    for (KvCache cache : caches) {
      cache.clear();
    }
    for (Budget budget : budgets) {
      budget.clear();
    }
  }

  /**
   * {@return an independent state with the same content} Keys and values of finished pages are
   * shared, the rest is copied.
   */
  public State fork() {
    return new State(this);
  }

  /** {@return memory of the recurrent part in bytes: the same at every position} */
  public long recurrentBytes() {
    long floats = 0;
    for (float[][] part : List.of(timeShift, channelShift, wkv)) {
      for (float[] values : part) {
        floats += values.length;
      }
    }
    return floats * Float.BYTES;
  }

  /**
   * {@return size of the key-value caches in bytes, in memory or in the spill file, pages that are
   * shared with forks included}
   */
  public long cacheBytes() {
    long bytes = 0;
    for (KvCache cache : caches) {
      bytes += cache.byteSize() + cache.spareBytes();
    }
    for (Budget budget : budgets) {
      bytes += budget.byteSize();
    }
    return bytes;
  }

  /** {@return memory in bytes: {@link #recurrentBytes()} plus {@link #cacheBytes()}} */
  public long bytes() {
    return recurrentBytes() + cacheBytes();
  }

  /** Frees what the state has spilled; it must not be used any more. Forks are not affected. */
  @Override
  public void close() {
    if (spill != null) {
      spill.close();
      spill = null;
    }
  }
}
