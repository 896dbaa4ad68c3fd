package dev.rwkvx.cli;

import dev.rwkvx.generate.SamplingOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are drawn: the options of the commands that write text. */
final class SamplingArguments {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Below 1 more certain, above 1 more varied, 0 always the most probable token.")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Only the K most probable tokens; 0 is no limit.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Only the most probable tokens that together have this probability.")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Only tokens of at least this share of the largest probability.")
  private @Nullable Double minP;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Subtracted from the logits of tokens that were generated before.")
  private @Nullable Double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "Subtracted for each time that a token was generated before.")
  private @Nullable Double frequencyPenalty;

  @Option(
      names = "--penalty-decay",
      paramLabel = "X",
      description = "Factor on these counts with every token (default: 0.996).")
  private @Nullable Double penaltyDecay;

  @Option(
      names = "--logit-bias",
      paramLabel = "ID=BIAS",
      split = ",",
      description = "Added to the logits of some tokens.")
  private Map<Integer, Float> logitBias = Map.of();

  @Option(
      names = "--ban",
      paramLabel = "ID",
      split = ",",
      description = "Tokens that are never drawn.")
  private List<Integer> banned = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Draw the same tokens every time (default: other ones every time).")
  private @Nullable Long seed;

  /**
   * The given options in place of some of the defaults.
   *
   * @throws dev.rwkvx.InputException when one is out of its range
   */
  SamplingOptions over(SamplingOptions defaults) {
    return new SamplingOptions(
        or(temperature, defaults.temperature()),
        or(topK, defaults.topK()),
        or(topP, defaults.topP()),
        or(minP, defaults.minP()),
        or(presencePenalty, defaults.presencePenalty()),
        or(frequencyPenalty, defaults.frequencyPenalty()),
        or(penaltyDecay, defaults.penaltyDecay()),
        logitBias,
        Set.copyOf(new HashSet<>(banned)),
        or(seed, RandomGenerator.getDefault().nextLong()));
  }

  private static <T> T or(@Nullable T given, T otherwise) {
    return given == null ? otherwise : given;
  }
}
