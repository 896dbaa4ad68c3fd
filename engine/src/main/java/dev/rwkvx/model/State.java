package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Spill;
import java.lang.ref.Cleaner.Cleanable;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One conversation: everything that grows or changes while a model reads. A model reads into many
 * states; a state belongs to the model that made it and is used by one thread at a time.
 *
 * <p>A state owns memory outside the heap, or a part of a file, and gives it back when it is
 * closed, each fork for itself. One that nobody closes keeps it until the garbage collector finds
 * the state, which may be never. A closed state can tell its position and nothing else.
 */
public final class State implements AutoCloseable {
  private final Config config;
  private final CacheOptions options;
  private final Ablation ablation;
  private final CacheMemory cacheMemory;
  private StateMemory memory;
  private Cleanable cleanable;
  private long position;
  private @Nullable AttentionObserver observer;

  /** Per RWKV-7 block: the input of the time mix at the previous token. [C] */
  final float[][] timeShift;

  /** Per RWKV-7 block, then per sparse block: the input of the channel mix before. [C] */
  final float[][] channelShift;

  /** Per sparse block: the plain keys of the last W − 1 tokens, oldest first. [W−1,C] */
  final float[][] keyShift;

  /** Per RWKV-7 block: S of all heads, each column by column. [H·N·N] */
  final float[][] wkv;

  /** Per sparse block. */
  final KvCache[] caches;

  /** Per sparse block of a bounded state, else empty. */
  final Budget[] budgets;

  /**
   * An empty state.
   *
   * @param cacheMemory of the model
   * @throws InputException when the options do not fit the model, or there is no place to spill to
   */
  State(Config config, CacheOptions options, Ablation ablation, CacheMemory cacheMemory) {
    options.check(config);
    this.config = config;
    this.options = options;
    this.ablation = ablation;
    this.cacheMemory = cacheMemory;
    int blocks = config.rwkvBlocks();
    timeShift = new float[blocks][config.embedding()];
    channelShift = new float[blocks + config.sparseBlocks()][config.embedding()];
    int keys = Math.max(0, config.keyWidth() - 1);
    keyShift = new float[config.sparseBlocks()][keys * config.embedding()];
    wkv = new float[blocks][config.embedding() * config.headSize()];
    caches = new KvCache[config.sparseBlocks()];
    budgets = new Budget[options.policy() instanceof Bounded ? caches.length : 0];
    memory = newMemory();
    cleanable = cacheMemory.closeWith(this, memory);
    fillCaches();
  }

  private State(State other) {
    other.requireOpen();
    config = other.config;
    options = other.options;
    ablation = other.ablation;
    cacheMemory = other.cacheMemory;
    position = other.position;
    timeShift = copy(other.timeShift);
    channelShift = copy(other.channelShift);
    keyShift = copy(other.keyShift);
    wkv = copy(other.wkv);
    caches = new KvCache[other.caches.length];
    budgets = new Budget[other.budgets.length];
    // A state that has read nothing shares no file: its forks have files of their own.
    memory = position == 0 ? newMemory() : other.memory.fork();
    cleanable = cacheMemory.closeWith(this, memory);
    if (position == 0) {
      fillCaches();
    } else {
      forkCaches(other);
    }
  }

  private StateMemory newMemory() {
    return options.policy() instanceof Spill policy && caches.length > 0
        ? cacheMemory.spilling(policy.folder())
        : cacheMemory.resident();
  }

  private void fillCaches() {
    Arrays.setAll(caches, i -> new KvCache(config, options.type(), memory));
    if (options.policy() instanceof Bounded bounded) {
      Arrays.setAll(budgets, i -> new Budget(bounded, config, caches[i]));
    }
  }

  private void forkCaches(State other) {
    try {
      Arrays.setAll(caches, i -> other.caches[i].fork(memory));
      Arrays.setAll(budgets, i -> other.budgets[i].fork(caches[i]));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
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

  /**
   * Refuses to go on with a closed state.
   *
   * @throws IllegalStateException when it is closed
   */
  void requireOpen() {
    memory.requireOpen();
  }

  /** Does what is due before the next token is read. */
  void begin() {
    if (ablation.clearsWkvAt(position)) {
      for (float[] s : wkv) {
        Arrays.fill(s, 0f);
      }
    }
  }

  /**
   * Lets somebody hear, from the next token on, which chunks the queries of the sparse blocks
   * attend to. Forks of this state are not observed.
   *
   * @param listener who hears it, in place of whoever did before; null for nobody
   * @throws InputException when the state's cache is bounded: after a cut its chunks are no longer
   *     those of the text
   */
  public void observe(@Nullable AttentionObserver listener) {
    if (listener != null && options.policy() instanceof Bounded) {
      throw new InputException(
          "Attention can be observed where all keys and values are kept; found a bounded cache,"
              + " expected an exact one or one that spills");
    }
    observer = listener;
  }

  @Nullable AttentionObserver observer() {
    return observer;
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

  /**
   * Forgets everything, as if no token had been read, and gives back the memory of the caches.
   *
   * @throws IllegalStateException when the state is closed
   */
  public void reset() {
    requireOpen();
    position = 0;
    for (float[][] part : List.of(timeShift, channelShift, keyShift, wkv)) {
      for (float[] values : part) {
        Arrays.fill(values, 0f);
      }
    }
    cleanable.clean();
    memory = newMemory();
    cleanable = cacheMemory.closeWith(this, memory);
    fillCaches();
  }

  /**
   * {@return an independent state with the same content, to be closed by the caller} Keys and
   * values of finished pages are shared, the rest is copied.
   *
   * @throws IllegalStateException when the state is closed
   */
  public State fork() {
    try {
      return new State(this);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** {@return memory of the recurrent part in bytes: the same at every position} */
  public long recurrentBytes() {
    long floats = 0;
    for (float[][] part : List.of(timeShift, channelShift, keyShift, wkv)) {
      for (float[] values : part) {
        floats += values.length;
      }
    }
    return floats * Float.BYTES;
  }

  /**
   * {@return size of the key-value caches in bytes, in memory or in the spill file, pages that are
   * shared with forks included; nothing once the state is closed}
   */
  public long cacheBytes() {
    if (memory.isClosed()) {
      return 0;
    }
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

  /**
   * Gives back the memory and the file of the caches, but for pages that forks share; these are not
   * affected. Closing twice is no mistake. A thread that is reading meanwhile gets an
   * IllegalStateException.
   */
  @Override
  public void close() {
    cleanable.clean();
  }
}
