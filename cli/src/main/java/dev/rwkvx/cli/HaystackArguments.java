package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Texts;
import dev.rwkvx.evaluation.needle.Haystack;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The text that facts are hidden in. */
final class HaystackArguments {
  /** More than the longest prompts need. */
  private static final long ESSAY_BYTES = 1 << 26;

  @Option(
      names = "--haystack",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Texts (.txt, .jsonl, .parquet) that facts are hidden in (default: the meaningless"
              + " sentences of the passkey test).")
  private List<Path> files = List.of();

  /**
   * A text.
   *
   * @param name tells it from others
   */
  record Read(Haystack haystack, String name) {
    boolean isNoise() {
      return name.equals("noise");
    }
  }

  Read read() throws IOException {
    if (files.isEmpty()) {
      return new Read(Haystack.noise(), "noise");
    }
    Texts essay = Texts.read(files, ESSAY_BYTES);
    return new Read(Haystack.essay(essay.joined()), essay.fingerprint());
  }
}
