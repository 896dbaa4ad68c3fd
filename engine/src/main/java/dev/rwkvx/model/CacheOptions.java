package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.math.PanelEntry;
import dev.rwkvx.math.WeightType;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How a state keeps the keys and values of its sparse-attention blocks. Says nothing to models that
 * have none.
 *
 * @param policy what is kept, and where
 * @param type how entries are stored: F32, BF16 or Q8. Entries are rounded when they are appended
 *     and all that is computed from them, mean keys too, is computed from the rounded ones
 */
public record CacheOptions(Policy policy, WeightType type) {
  /** What is kept, and where. */
  public sealed interface Policy {}

  /** Everything, in memory. */
  public record Exact() implements Policy {}

  /**
   * At most {@code max} entries in each block (and those that come while a cut is under way, {@link
   * #slack}). A full cache is cut to {@code min}: the newest {@code window} stay and, per head,
   * those of the older ones with the most attention from the latest {@code observed} queries.
   *
   * @param max entries of a full cache
   * @param min entries after a cut, less than {@code max}
   * @param window newest entries, which always stay; at most {@code min}
   * @param observed queries that vote; at least 1
   */
  public record Bounded(int max, int min, int window, int observed) implements Policy {
    /** As in the official implementation, with a window of 32 queries. */
    public static final Bounded DEFAULT = new Bounded(20000, 16000, 2000, 32);

    /** Most tokens that a cut is spread over. */
    private static final int MOST_SLACK = 256;

    /** Most attention weights that vote at once. */
    private static final int MOST_VOTES = 1 << 28;

    /**
     * Checks the sizes against one another; an {@link dev.rwkvx.InputException} names what does not
     * fit.
     */
    public Bounded {
      if (min < 1 || max <= min) {
        throw new InputException(
            "A bounded cache needs 1 ≤ min < max: found min %d and max %d".formatted(min, max));
      }
      if (window < 0 || window > min) {
        throw new InputException(
            "The window of a bounded cache must lie in 0 … %d, its min: found %d"
                .formatted(min, window));
      }
      if (observed < 1 || (long) max * observed > MOST_VOTES) {
        throw new InputException(
            "The observed queries of a bounded cache must lie in 1 … %d: found %d"
                .formatted(Math.max(1, MOST_VOTES / max), observed));
      }
    }

    /**
     * {@return tokens that a cut is spread over, and entries that a cache may hold beyond {@code
     * max} meanwhile: a quarter of what a cut frees, at most 256}
     */
    public int slack() {
      return Math.clamp((max - min) / 4, 1, MOST_SLACK);
    }

    /** Entries of a cache after {@code position} tokens. */
    long lengthAt(long position) {
      if (position <= max) {
        return position;
      }
      long since = (position - max) % (max - min);
      return since < slack() ? max + since : min + since;
    }

    /** Tokens that a cut has been under way for after {@code position} tokens; 0 for none. */
    int cutTokensAt(long position) {
      return (int) Math.max(0, lengthAt(position) - max);
    }

    /** Queries that can vote after {@code position} tokens. */
    int observedAt(long position) {
      return (int) Math.min(observed, position);
    }
  }

  /**
   * Everything, full pages in a temporary file. The file has no name from the moment it is open, so
   * that its space is free again when the process ends, however it ends.
   *
   * @param folder where the file lies; not one in memory, as {@code /tmp} is on some systems
   */
  public record Spill(Path folder) implements Policy {
    /** {@return in the system's folder for temporary files} */
    public static Spill inTemporaryFolder() {
      return new Spill(Path.of(System.getProperty("java.io.tmpdir")));
    }
  }

  /** Checks that entries can be of this type. */
  public CacheOptions {
    if (type != WeightType.F32 && type != WeightType.BF16 && type != WeightType.Q8) {
      throw new InputException(
          "Caches store f32, bf16 or q8, found " + type.name().toLowerCase(Locale.ROOT));
    }
  }

  /** {@return everything in memory, in f32} */
  public static CacheOptions exact() {
    return new CacheOptions(new Exact(), WeightType.F32);
  }

  /**
   * {@return the same type under another policy}
   *
   * @param other replaces what these options have
   */
  public CacheOptions with(Policy other) {
    return new CacheOptions(other, type);
  }

  /**
   * {@return the same policy with entries of another type}
   *
   * @param other replaces what these options have
   */
  public CacheOptions with(WeightType other) {
    return new CacheOptions(policy, other);
  }

  /**
   * {@return what decides a cache's content, in words for files: the same for one in memory and one
   * that spills}
   */
  public String content() {
    String name = type.name().toLowerCase(Locale.ROOT);
    return switch (policy) {
      case Bounded(int max, int min, int window, int observed) ->
          "%s bounded max=%d min=%d window=%d observed=%d"
              .formatted(name, max, min, window, observed);
      case Exact(), Spill(Path _) -> name + " exact";
    };
  }

  /**
   * @throws InputException when a model of these sizes cannot store entries so
   */
  void check(Config config) {
    if (type == WeightType.Q8
        && config.sparseBlocks() > 0
        && config.headSize() % PanelEntry.GROUP != 0) {
      throw new InputException(
          "A q8 cache needs a head size that is a multiple of %d, found %d"
              .formatted(PanelEntry.GROUP, config.headSize()));
    }
  }

  /**
   * {@return bytes of the keys and values of a state, in memory or in the file they spill to}
   *
   * @param config sizes of the model
   * @param tokens that the state has read
   */
  public long bytes(Config config, long tokens) {
    long kept = tokens;
    if (policy instanceof Bounded bounded && tokens > bounded.max()) {
      // Those that stay are copied beside the old ones, whose pages are kept for the next cut.
      kept = Math.min(tokens, (long) bounded.max() + bounded.slack()) + bounded.min();
    }
    double bytes = type.bits() / 8;
    return (long) (2 * kept * bytes * config.embedding()) * config.sparseBlocks();
  }
}
