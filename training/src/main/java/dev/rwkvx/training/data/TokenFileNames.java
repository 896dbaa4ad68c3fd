package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.nio.file.Path;

/**
 * The files of a token stream: {@code PREFIX.bin} holds tokens, {@code PREFIX.idx} lengths, {@code
 * PREFIX.weights}, which few streams have, tells which tokens are answers.
 */
record TokenFileNames(Path tokens, Path index, Path weights) {
  private static final String TOKENS = ".bin";
  private static final String INDEX = ".idx";
  private static final String WEIGHTS = ".weights";

  /**
   * The files of a prefix; the name of one of the first two files stands for its prefix.
   *
   * @throws InputException when the prefix has no name
   */
  static TokenFileNames of(Path prefix) {
    Path name = prefix.getFileName();
    if (name == null || name.toString().isEmpty()) {
      throw new InputException("'" + prefix + "' is no name for .bin and .idx files");
    }
    String stem = name.toString();
    if (stem.endsWith(TOKENS) || stem.endsWith(INDEX)) {
      stem = stem.substring(0, stem.length() - TOKENS.length());
    }
    return new TokenFileNames(
        prefix.resolveSibling(stem + TOKENS),
        prefix.resolveSibling(stem + INDEX),
        prefix.resolveSibling(stem + WEIGHTS));
  }
}
