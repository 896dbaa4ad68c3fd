package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;

/**
 * Counts what the pickles of a file make: values, references to them and bytes of text. A pickle
 * can name one value over and over, so the size of the file alone bounds none of these.
 */
final class PickleWork {
  // Real checkpoints need about 40 a tensor.
  private static final int MAX_VALUES = 1 << 20;
  // The largest text that a model carries is its vocabulary.
  private static final long MAX_TEXT = 32 << 20;

  private final ByteSource source;
  private long values;
  private long text;

  PickleWork(ByteSource source) {
    this.source = source;
  }

  /**
   * Counts values that are made, kept or copied.
   *
   * @throws dev.rwkvx.InputException when there are more than checkpoints have
   */
  void addValues(long count) {
    values += count;
    if (values > MAX_VALUES) {
      throw source.error(
          "its pickle has more than " + MAX_VALUES + " values; checkpoints have far fewer");
    }
  }

  /**
   * Counts bytes of a text before it is read.
   *
   * @throws dev.rwkvx.InputException when there are more than checkpoints have
   */
  void addText(long bytes) {
    if (bytes < 0 || bytes > MAX_TEXT - text) {
      throw source.error(
          "its pickle has more than " + MAX_TEXT + " bytes of text; checkpoints have far fewer");
    }
    text += bytes;
  }
}
