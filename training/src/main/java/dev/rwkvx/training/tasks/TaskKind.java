package dev.rwkvx.training.tasks;

import java.util.Locale;

/** What is hidden in a document and asked for. */
public enum TaskKind {
  /** One number without a name. */
  PASSKEY,
  /** Numbers of named things. */
  NUMBERS,
  /** Words of named things. */
  WORDS,
  /** Letters and digits of named things. */
  CODES,
  /**
   * Any values of named things in the shortest form, {@code name: value}, asked for in the same.
   */
  PAIRS,
  /** Long hexadecimal identifiers of named things. */
  UUIDS,
  /** Several numbers of each named thing, asked for together. */
  LISTS,
  /** Variables that get their values from one another. */
  CHAINS,
  /** Two sentences in a row: the first one is quoted, the second is to be repeated. */
  RECALL,
  /** One number without a name among numbers, words and lists of named things. */
  MIXED;

  /** {@return the name as users write it} */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
