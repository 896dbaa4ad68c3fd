package dev.rwkvx.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** One run of the command inside the test's JVM: its exit code and what it printed. */
record Rwkvx(int exitCode, byte[] outBytes, String err) {
  static Rwkvx run(Object... arguments) {
    return runWithInput(new byte[0], arguments);
  }

  static Rwkvx runWithInput(byte[] input, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            new ByteArrayInputStream(input),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    return new Rwkvx(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }

  String out() {
    return new String(outBytes, StandardCharsets.UTF_8);
  }
}
