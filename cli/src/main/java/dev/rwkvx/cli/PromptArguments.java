package dev.rwkvx.cli;

import dev.rwkvx.io.InputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A text that a model reads: an argument, a file, or what comes through stdin. */
final class PromptArguments {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The text to continue; - is stdin, to its last newline.")
  private @Nullable String prompt;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Continue the text of a file; for a pipe give - as PROMPT.")
  private @Nullable Path file;

  /** How many texts are given; one is right. */
  int sources() {
    return (prompt == null ? 0 : 1) + (file == null ? 0 : 1);
  }

  /** The text, as UTF-8. */
  byte[] text(Main main) throws IOException {
    if (file != null) {
      return Files.readAllBytes(InputFile.require(file));
    }
    return STANDARD_INPUT.equals(prompt)
        ? main.in.readAllBytes()
        : String.valueOf(prompt).getBytes(StandardCharsets.UTF_8);
  }
}
