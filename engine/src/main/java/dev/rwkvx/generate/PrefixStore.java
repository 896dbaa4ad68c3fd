package dev.rwkvx.generate;

import dev.rwkvx.model.State;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * States by the tokens they have read, so that what was read once need not be read again. A hit has
 * read exactly the first tokens of the question: tokens are compared, not digests of them. Bounded;
 * what was not used for longest goes first. Used by one thread; {@link #bytes()} and {@link
 * #entries()} by any.
 */
public final class PrefixStore implements AutoCloseable {
  /** Prefixes that are faster read than kept. */
  public static final int LEAST_TOKENS = 16;

  private final long maxBytes;
  private final int maxEntries;

  /** The latest used first. */
  private final Deque<Entry> entries = new ArrayDeque<>();

  private long total;

  // What other threads see.
  private volatile long bytes;
  private volatile int count;

  private record Entry(String namespace, int[] tokens, State state, long bytes) {
    /** Tokens that it has in common with others of the namespace. */
    int shared(String otherNamespace, int[] others) {
      if (!namespace.equals(otherNamespace)) {
        return 0;
      }
      int mismatch = Arrays.mismatch(tokens, others);
      return mismatch < 0 ? tokens.length : mismatch;
    }
  }

  /**
   * A state that has read the first tokens of a prompt.
   *
   * @param state a fork, the caller's own
   * @param tokens how many tokens of the prompt it has read, at least one and not all
   */
  public record Hit(State state, int tokens) {}

  /**
   * An empty store.
   *
   * @param maxBytes of all states together, pages that some share counted with each
   * @param maxEntries states; 0 keeps none
   */
  public PrefixStore(long maxBytes, int maxEntries) {
    this.maxBytes = maxBytes;
    this.maxEntries = maxEntries;
  }

  /**
   * {@return the state that has read most of the prompt, but not all of it}
   *
   * @param namespace what the tokens follow, such as the name of an initial state
   * @param prompt token ids
   */
  public Optional<Hit> find(String namespace, int[] prompt) {
    @Nullable Entry best = null;
    for (Entry entry : entries) {
      int length = entry.tokens.length;
      if (length < prompt.length
          && (best == null || length > best.tokens.length)
          && entry.shared(namespace, prompt) == length) {
        best = entry;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    moveToFront(best);
    return Optional.of(new Hit(best.state.fork(), best.tokens.length));
  }

  /**
   * {@return the most tokens that a prompt has in common with another of the namespace}
   *
   * @param namespace what the tokens follow
   * @param prompt token ids
   */
  public int shared(String namespace, int[] prompt) {
    int most = 0;
    for (Entry entry : entries) {
      most = Math.max(most, entry.shared(namespace, prompt));
    }
    return most;
  }

  /**
   * Keeps a state, unless it is too large or as good a one is there.
   *
   * @param namespace what the tokens follow
   * @param tokens all that it has read since the beginning of the namespace
   * @param state becomes the store's own
   */
  public void put(String namespace, int[] tokens, State state) {
    long size = state.bytes() + (long) tokens.length * Integer.BYTES;
    if (tokens.length < LEAST_TOKENS || size > maxBytes || maxEntries == 0) {
      state.close();
      return;
    }
    for (Entry entry : entries) {
      if (entry.tokens.length == tokens.length
          && entry.shared(namespace, tokens) == tokens.length) {
        moveToFront(entry);
        state.close();
        return;
      }
    }
    entries.addFirst(new Entry(namespace, tokens, state, size));
    total += size;
    while (total > maxBytes || entries.size() > maxEntries) {
      Entry last = entries.removeLast();
      total -= last.bytes;
      last.state.close();
    }
    bytes = total;
    count = entries.size();
  }

  private void moveToFront(Entry entry) {
    for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
      if (all.next() == entry) {
        all.remove();
        break;
      }
    }
    entries.addFirst(entry);
  }

  /** {@return bytes of all states; pages that some share are counted with each} */
  public long bytes() {
    return bytes;
  }

  /** {@return how many states are kept} */
  public int entries() {
    return count;
  }

  @Override
  public void close() {
    entries.forEach(entry -> entry.state.close());
    entries.clear();
    total = 0;
    bytes = 0;
    count = 0;
  }
}
