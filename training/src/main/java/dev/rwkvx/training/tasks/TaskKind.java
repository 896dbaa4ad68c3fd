package dev.rwkvx.training.tasks;

import java.util.Locale;

/** What is hidden in a document and asked for. */
public enum TaskKind {
  /** One pass key. */
  PASSKEY,
  /** Numbers of named things. */
  NUMBERS,
  /** Words of named things. */
  WORDS,
  /** Words of named things in the shortest form, {@code name: word}, asked for in the same. */
  PAIRS,
  /** Long hexadecimal identifiers of named things. */
  UUIDS,
  /** Several numbers of each named thing, asked for together. */
  LISTS,
  /** Variables that get their values from one another. */
  CHAINS,
  /** Two sentences in a row: the first one is quoted, the second is to be repeated. */
  RECALL,
  /** One pass key, asked for up to four times, among numbers, words and lists of named things. */
  MIXED;

  /** {@return the name as users write it} */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
