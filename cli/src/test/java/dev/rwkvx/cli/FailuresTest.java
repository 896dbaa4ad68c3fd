package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class FailuresTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new InputException("a.pth: is empty"), 2, "x: a.pth: is empty"),
        Arguments.of(new InputException("two\n  lines"), 2, "x: two lines"),
        Arguments.of(new NoSuchFileException("a"), 2, "x: a: no such file or folder"),
        Arguments.of(new AccessDeniedException("a"), 2, "x: a: permission denied"),
        Arguments.of(
            new UncheckedIOException(new NoSuchFileException("a")),
            2,
            "x: a: no such file or folder"),
        Arguments.of(
            new NoSuchFileException("a\u001b]0;b\u0007"), 2, "x: a\ufffd]0;b\ufffd: no such file"),
        Arguments.of(
            new InternalError("a fault occurred in an unsafe memory access operation"),
            2,
            "x: a file has become shorter while it was read"),
        Arguments.of(new InternalError("oops"), 1, "x: internal error (java.lang.InternalError"),
        Arguments.of(new IOException("No space left"), 1, "x: No space left"),
        Arguments.of(new OutOfMemoryError("Java heap space"), 1, "x: out of memory with a heap of"),
        Arguments.of(
            new OutOfMemoryError(
                "Cannot reserve 4096 bytes for caches (allocated: 9, limit: 8388608)"),
            1,
            "x: out of memory: caches may take 8 MiB outside the heap; allow more"),
        Arguments.of(
            new IllegalStateException("oops"),
            1,
            "x: internal error (java.lang.IllegalStateException: oops); set RWKVX_DEBUG=1"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void oneSentenceAndAnExitCode(Throwable failure, int exitCode, String start) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Failures failures = new Failures(new PrintStream(err, true, StandardCharsets.UTF_8));
    CommandLine command = new CommandLine(CommandSpec.create().name("x"));
    assertThat(failures.report(command, failure)).isEqualTo(exitCode);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith(start).hasLineCount(1);
  }
}
