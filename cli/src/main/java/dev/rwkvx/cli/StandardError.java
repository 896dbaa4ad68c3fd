package dev.rwkvx.cli;

import java.io.FileDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;

/**
 * Where errors go. The JVM announces the Vector API on standard error, which no flag turns off, so
 * the launcher lets standard error run through a filter and keeps the user's own under another
 * descriptor: errors of this program take that one.
 */
final class StandardError {
  private StandardError() {}

  /** The descriptor that the launcher named in {@code rwkvx.stderr}, or standard error itself. */
  static FileDescriptor descriptor() {
    Integer kept = Integer.getInteger("rwkvx.stderr");
    if (kept == null) {
      return FileDescriptor.err;
    }
    try {
      // Calling dup2 through the foreign function API would take a quarter of the start-up time.
      Constructor<FileDescriptor> constructor =
          FileDescriptor.class.getDeclaredConstructor(int.class);
      constructor.setAccessible(true);
      return constructor.newInstance(kept);
    } catch (ReflectiveOperationException | InaccessibleObjectException closed) {
      return FileDescriptor.err;
    }
  }
}
