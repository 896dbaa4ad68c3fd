package dev.rwkvx.spark;

import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.SamplingOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** How tokens are drawn, and when a text ends. */
final class WritingArguments implements Serializable {
  private static final long serialVersionUID = 1L;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Most tokens to generate for a row (default: ${DEFAULT-VALUE}).")
  private int maxTokens = 256;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1",
      description =
          "Below 1 more certain, above 1 more varied, 0 always the most probable token (default:"
              + " ${DEFAULT-VALUE}).")
  private double temperature = 1;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Only the K most probable tokens; 0 is no limit.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Only the most probable tokens that together have this probability.")
  private double topP = 1;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description = "Only tokens of at least this share of the largest probability.")
  private double minP;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Subtracted from the logits of tokens that were generated before.")
  private double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Subtracted for each time that a token was generated before.")
  private double frequencyPenalty;

  @Option(
      names = "--penalty-decay",
      paramLabel = "X",
      defaultValue = "0.996",
      description = "Factor on these counts with every token (default: ${DEFAULT-VALUE}).")
  private double penaltyDecay = 0.996;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Another seed, other texts (default: ${DEFAULT-VALUE}).")
  private long seed;

  /** Of all rows; each has its own that follows from it. */
  long seed() {
    return seed;
  }

  /**
   * How the tokens of a row are drawn.
   *
   * @throws dev.rwkvx.InputException when an option is out of its range
   */
  SamplingOptions sampling(long rowSeed) {
    return new SamplingOptions(
        temperature,
        topK,
        topP,
        minP,
        presencePenalty,
        frequencyPenalty,
        penaltyDecay,
        Map.of(),
        Set.of(),
        rowSeed);
  }

  /**
   * When a text ends.
   *
   * @throws dev.rwkvx.InputException when an option is out of its range
   */
  GenerationOptions ends() {
    return GenerationOptions.upTo(maxTokens).withStopStrings(stop);
  }
}
