package dev.rwkvx.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much of the data is taken. */
final class SampleArguments {
  @Option(
      names = "--samples",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Take the first N lines or documents (default: all).")
  private @Nullable Integer samples;

  /**
   * @throws dev.rwkvx.InputException when it is not positive
   */
  int most() {
    int most = samples == null ? Integer.MAX_VALUE : samples;
    BenchArguments.requireRange("--samples", most, Integer.MAX_VALUE);
    return most;
  }
}
