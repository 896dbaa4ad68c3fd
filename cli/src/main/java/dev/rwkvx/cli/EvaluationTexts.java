package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Documents whose losses are measured. */
final class EvaluationTexts {
  @Option(
      names = "--text",
      paramLabel = "FILE",
      arity = "1..*",
      required = true,
      description = "Texts (.txt, .jsonl, .parquet) or folders of such.")
  private List<Path> files;

  @Mixin private final SampleArguments samples = new SampleArguments();

  /** The most documents. */
  int most() {
    return samples.most();
  }

  /** All documents. */
  Texts read() throws IOException {
    return Texts.read(files, Long.MAX_VALUE);
  }
}
