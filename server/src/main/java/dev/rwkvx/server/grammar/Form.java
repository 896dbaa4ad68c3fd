package dev.rwkvx.server.grammar;

import java.util.BitSet;
import java.util.List;

/**
 * A form of text: a regular expression over bytes, with references for what contains itself. {@link
 * Forms} makes them; two forms are the same when they are one object.
 */
sealed interface Form {
  /** Stands for “no end”. */
  int UNBOUNDED = -1;

  /** One byte of a set. */
  final class Bytes implements Form {
    private final BitSet set;

    Bytes(BitSet set) {
      this.set = set;
    }

    boolean has(int value) {
      return set.get(value);
    }
  }

  /** One of several texts. */
  final class Words implements Form {
    private final byte[][] words;

    /**
     * @param words different from each other, none empty, in the order of their bytes
     */
    Words(byte[][] words) {
      this.words = words;
    }

    int count() {
      return words.length;
    }

    byte[] get(int word) {
      return words[word];
    }

    /** The length of the shortest of some of them. */
    int shortest(int from, int to) {
      int shortest = Integer.MAX_VALUE;
      for (int i = from; i < to; i++) {
        shortest = Math.min(shortest, words[i].length);
      }
      return shortest;
    }

    /**
     * The first of some words whose byte at a place is not below a value. All of them have the same
     * bytes before it, and none ends there.
     */
    int firstFrom(int from, int to, int place, int value) {
      int low = from;
      int high = to;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if ((words[middle][place] & 0xff) < value) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }

  /** One form after the other. */
  final class Sequence implements Form {
    private final List<Form> parts;

    Sequence(List<Form> parts) {
      this.parts = parts;
    }

    List<Form> parts() {
      return parts;
    }
  }

  /** Any of several forms. */
  final class Choice implements Form {
    private final List<Form> alternatives;

    Choice(List<Form> alternatives) {
      this.alternatives = alternatives;
    }

    List<Form> alternatives() {
      return alternatives;
    }
  }

  /** A form of at least one byte, many times. */
  final class Repeat implements Form {
    private final Form form;
    private final int fewest;
    private final int most;

    Repeat(Form form, int fewest, int most) {
      this.form = form;
      this.fewest = fewest;
      this.most = most;
    }

    Form form() {
      return form;
    }

    int fewest() {
      return fewest;
    }

    /** {@link #UNBOUNDED} for no end. */
    int most() {
      return most;
    }
  }

  /** A form that is made later and may contain this reference. */
  final class Reference implements Form {
    private Form target = new Choice(List.of());

    void become(Form form) {
      target = form;
    }

    Form target() {
      return target;
    }
  }
}
