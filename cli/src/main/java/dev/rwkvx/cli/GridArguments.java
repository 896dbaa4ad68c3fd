package dev.rwkvx.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** Which prompts are made up. */
final class GridArguments {
  @Option(
      names = "--lengths",
      paramLabel = "LIST",
      defaultValue = "2K..64K",
      converter = Lengths.Converter.class,
      description =
          "Tokens of the prompts, at most: 2K,8K or 2K..64K (doubling) or 2K..64K+2K (in steps)"
              + " (default: ${DEFAULT-VALUE}).")
  private Lengths lengths;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of all that is drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  List<Integer> lengths() {
    return lengths.values();
  }

  long seed() {
    return seed;
  }
}
