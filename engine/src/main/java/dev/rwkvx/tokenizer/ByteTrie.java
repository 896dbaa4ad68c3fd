package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The tokens of a vocabulary as a tree of bytes, for longest-match search.
 *
 * <p>A node at which a token ends has the id of that token as its number; all others are numbered
 * after the ids, the root first. The edges lie in one open hash table, an edge in a long: parent,
 * byte and child. A table hashes in a way of its own, so that nobody can write a vocabulary whose
 * edges all fall into one place.
 */
final class ByteTrie {
  /** No such child. */
  static final int NONE = -1;

  private static final int CHILD_BITS = 25;
  private static final long CHILD_MASK = (1L << CHILD_BITS) - 1;

  /** Bytes of all tokens together; with the ids they give less than 2^25 nodes. */
  private static final int MAX_BYTES = 1 << 24;

  private static final long EMPTY = -1;
  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  private final int root;
  private final long seed = new SplittableRandom().nextLong();
  private long[] edges = new long[1 << 10];
  private int shift;
  private int used;
  private int nodes;

  ByteTrie(Vocabulary vocabulary) {
    root = vocabulary.size();
    nodes = root + 1;
    clear(edges.length);
    for (int id : shortestFirst(vocabulary)) {
      insert(id, vocabulary);
    }
  }

  int root() {
    return root;
  }

  /** The node one byte further, or {@link #NONE}. */
  int child(int node, byte next) {
    long key = key(node, next);
    for (int slot = slot(key); ; slot = slot + 1 & edges.length - 1) {
      long edge = edges[slot];
      if (edge >>> CHILD_BITS == key) {
        return (int) (edge & CHILD_MASK);
      }
      if (edge == EMPTY) {
        return NONE;
      }
    }
  }

  /** Whether a token ends at a node; its id is then the node's number. */
  boolean isToken(int node) {
    return node < root;
  }

  /** Memory of the edges in bytes. */
  long byteSize() {
    return (long) edges.length * Long.BYTES;
  }

  /** Shorter tokens come first: so the node of a token is never there before the token itself. */
  private static int[] shortestFirst(Vocabulary vocabulary) {
    long[] order = new long[vocabulary.size()];
    int count = 0;
    long bytes = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.isToken(id)) {
        long length = vocabulary.decode(id).length;
        order[count++] = length << Integer.SIZE | id;
        bytes += length;
      }
    }
    if (bytes > MAX_BYTES) {
      throw new InputException(
          "The vocabulary '%s' has %d bytes of tokens, more than the %d that are supported"
              .formatted(vocabulary.name(), bytes, MAX_BYTES));
    }
    Arrays.sort(order, 0, count);
    return Arrays.stream(order, 0, count).mapToInt(entry -> (int) entry).toArray();
  }

  private void insert(int id, Vocabulary vocabulary) {
    byte[] token = vocabulary.decode(id);
    int node = root;
    for (int i = 0; i < token.length - 1; i++) {
      int child = child(node, token[i]);
      if (child == NONE) {
        child = nodes++;
        add(node, token[i], child);
      }
      node = child;
    }
    byte last = token[token.length - 1];
    int twin = child(node, last);
    if (twin != NONE) {
      throw new InputException(
          "The vocabulary '%s' has the same bytes under the ids %d and %d"
              .formatted(vocabulary.name(), twin, id));
    }
    add(node, last, id);
  }

  private void add(int parent, byte next, int child) {
    if (2 * ++used > edges.length) {
      long[] old = edges;
      clear(2 * old.length);
      for (long edge : old) {
        if (edge != EMPTY) {
          put(edge);
        }
      }
    }
    put(key(parent, next) << CHILD_BITS | child);
  }

  private void put(long edge) {
    int slot = slot(edge >>> CHILD_BITS);
    while (edges[slot] != EMPTY) {
      slot = slot + 1 & edges.length - 1;
    }
    edges[slot] = edge;
  }

  private void clear(int capacity) {
    edges = new long[capacity];
    Arrays.fill(edges, EMPTY);
    shift = 1 + Integer.numberOfLeadingZeros(capacity) + Integer.SIZE;
  }

  private static long key(int node, byte next) {
    return (long) node << Byte.SIZE | next & 0xff;
  }

  /** By the mixing steps of SplitMix64, up to where the high bits depend on all of the key. */
  private int slot(long key) {
    long mixed = (key ^ seed) * GOLDEN_RATIO;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return (int) (mixed >>> shift);
  }
}
