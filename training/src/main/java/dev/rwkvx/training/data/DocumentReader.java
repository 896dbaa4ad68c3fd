package dev.rwkvx.training.data;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Documents one after another. */
public interface DocumentReader extends Closeable {
  /**
   * Reads the next document.
   *
   * @return null at the end
   * @throws IOException when a file cannot be read
   * @throws dev.rwkvx.InputException when a file breaks its format
   */
  @Nullable Document next() throws IOException;
}
