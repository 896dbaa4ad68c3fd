package dev.rwkvx.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Standard error while the JVM starts. The launcher filters out the JVM's own notice about the
 * Vector API, which no flag turns off, and keeps the user's standard error under another
 * descriptor.
 */
final class StandardError {
  private static final int STANDARD_ERROR = 2;

  private StandardError() {}

  /** Puts back the descriptor that the launcher named in {@code rwkvx.stderr}, if any. */
  static void restore() {
    Integer saved = Integer.getInteger("rwkvx.stderr");
    if (saved == null) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    MethodHandle dup2 =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("dup2"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      // On failure the filter simply stays in between.
      int _ = (int) dup2.invokeExact((int) saved, STANDARD_ERROR);
    } catch (Throwable impossible) {
      throw new AssertionError("dup2 throws nothing", impossible);
    }
  }
}
