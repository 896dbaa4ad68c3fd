package dev.rwkvx.cli;

import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;

/** Vocabularies as users name them. */
final class Vocabularies {
  static final String DESCRIPTION = "A vocabulary file, or 'byte' for one token per byte.";

  private Vocabularies() {}

  /**
   * The vocabulary that {@code byte} or the name of a file stands for.
   *
   * @throws dev.rwkvx.InputException when the file cannot be used
   */
  static Vocabulary open(String name) {
    return name.equals("byte") || name.equals("bytes")
        ? Vocabulary.bytes()
        : Vocabulary.load(Path.of(name));
  }
}
