package dev.rwkvx.server.grammar;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;

/** A form of text: a regular expression over bytes, with references for what contains itself. */
sealed interface Form {
  /** Stands for “no end”. */
  int UNBOUNDED = -1;

  /** More bytes than any text has. */
  long ENDLESS = 1L << 40;

  /** The least bytes of a text of this form. */
  long least();

  /** One byte of a set. */
  record Bytes(BitSet set) implements Form {
    @Override
    public long least() {
      return 1;
    }
  }

  /** These bytes from {@code from} on, at least one. */
  @SuppressWarnings("ArrayRecordComponent") // shared, never changed; identity will do
  record Literal(byte[] bytes, int from) implements Form {
    @Override
    public long least() {
      return bytes.length - from;
    }
  }

  /** One form after the other. */
  record Sequence(List<Form> parts, long least) implements Form {}

  /**
   * Any of several forms.
   *
   * @param beginnings bytes that each may begin with
   */
  record Choice(List<Form> alternatives, List<BitSet> beginnings, long least) implements Form {}

  /**
   * A form many times.
   *
   * @param form of at least one byte
   */
  record Repeat(Form form, int fewest, int most) implements Form {
    @Override
    public long least() {
      return Math.min(fewest * form.least(), ENDLESS);
    }

    /** What may follow the first time. */
    Repeat rest() {
      return new Repeat(form, Math.max(0, fewest - 1), most == UNBOUNDED ? UNBOUNDED : most - 1);
    }
  }

  /** A form that is made later and may contain this reference. */
  final class Reference implements Form {
    private final long least;
    private Form target = choice(List.of());

    /**
     * @param least of what it will be
     */
    Reference(long least) {
      this.least = least;
    }

    void become(Form form) {
      target = form;
    }

    Form target() {
      return target;
    }

    @Override
    public long least() {
      return least;
    }
  }

  static Form bytes(int... ranges) {
    BitSet set = new BitSet(256);
    for (int i = 0; i < ranges.length; i += 2) {
      set.set(ranges[i], ranges[i + 1] + 1);
    }
    return new Bytes(set);
  }

  static Form literal(String text) {
    return new Literal(text.getBytes(StandardCharsets.UTF_8), 0);
  }

  static Form sequence(Form... parts) {
    return sequence(List.of(parts));
  }

  static Form sequence(List<Form> parts) {
    long least = parts.stream().mapToLong(Form::least).sum();
    return new Sequence(parts, Math.min(least, ENDLESS));
  }

  static Form choice(Form... alternatives) {
    return choice(List.of(alternatives));
  }

  static Form choice(List<Form> alternatives) {
    return new Choice(
        alternatives,
        alternatives.stream().map(Form::beginnings).toList(),
        alternatives.stream().mapToLong(Form::least).min().orElse(ENDLESS));
  }

  static Form optional(Form form) {
    return new Repeat(form, 0, 1);
  }

  static Form any(Form form) {
    return new Repeat(form, 0, UNBOUNDED);
  }

  /** Bytes that a form may begin with; all where that is not known, or where it may be empty. */
  private static BitSet beginnings(Form form) {
    BitSet beginnings = new BitSet(256);
    switch (form) {
      case Bytes(BitSet set) -> beginnings.or(set);
      case Literal(byte[] bytes, int from) -> beginnings.set(bytes[from] & 0xff);
      case Choice(var _, var all, long least) when least > 0 -> all.forEach(beginnings::or);
      case Sequence(var parts, long _) when !parts.isEmpty() && parts.getFirst().least() > 0 ->
          beginnings.or(beginnings(parts.getFirst()));
      default -> beginnings.set(0, 256);
    }
    return beginnings;
  }
}
