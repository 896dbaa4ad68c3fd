package dev.rwkvx.model;

import java.util.Arrays;
import java.util.List;

/**
 * One conversation: everything that grows or changes while a model reads. A model reads into many
 * states; a state belongs to the model that made it and is used by one thread at a time.
 */
public final class State {
  private final Config config;
  private long position;

  /** Per RWKV-7 block: the input of the time mix at the previous token. [C] */
  final float[][] timeShift;

  /** Per RWKV-7 block, then per sparse block: the input of the channel mix before. [C] */
  final float[][] channelShift;

  /** Per RWKV-7 block: S of all heads, each column by column. [H·N·N] */
  final float[][] wkv;

  /** Per sparse block. */
  final KvCache[] caches;

  State(Config config) {
    this.config = config;
    int blocks = config.rwkvBlocks();
    timeShift = new float[blocks][config.embedding()];
    channelShift = new float[blocks + config.sparseBlocks()][config.embedding()];
    wkv = new float[blocks][config.embedding() * config.headSize()];
    caches = new KvCache[config.sparseBlocks()];
    Arrays.setAll(caches, i -> new KvCache(config));
  }

  private State(State other) {
    config = other.config;
    position = other.position;
    timeShift = copy(other.timeShift);
    channelShift = copy(other.channelShift);
    wkv = copy(other.wkv);
    caches = new KvCache[other.caches.length];
    Arrays.setAll(caches, i -> other.caches[i].fork());
  }

  private static float[][] copy(float[][] source) {
    float[][] copy = source.clone();
    Arrays.setAll(copy, i -> source[i].clone());
    return copy;
  }

  /** Tokens read so far. */
  public long position() {
    return position;
  }

  void advance(long tokens) {
    position += tokens;
  }

  /** The sizes of the model that this state belongs to. */
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
    for (KvCache cache : caches) {
      cache.clear();
    }
  }

  /**
   * An independent state with the same content. Keys and values of finished pages are shared, the
   * rest is copied.
   */
  public State fork() {
    return new State(this);
  }

  /** Memory of the recurrent part in bytes: the same at every position. */
  public long recurrentBytes() {
    long floats = 0;
    for (float[][] part : List.of(timeShift, channelShift, wkv)) {
      for (float[] values : part) {
        floats += values.length;
      }
    }
    return floats * Float.BYTES;
  }

  /** Memory of the key-value caches in bytes, pages that are shared with forks included. */
  public long cacheBytes() {
    long bytes = 0;
    for (KvCache cache : caches) {
      bytes += cache.byteSize();
    }
    return bytes;
  }

  /** Memory in bytes: {@link #recurrentBytes()} plus {@link #cacheBytes()}. */
  public long bytes() {
    return recurrentBytes() + cacheBytes();
  }
}
