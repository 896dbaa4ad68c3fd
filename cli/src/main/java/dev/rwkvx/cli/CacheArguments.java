package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Exact;
import dev.rwkvx.model.CacheOptions.Policy;
import dev.rwkvx.model.CacheOptions.Spill;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How states keep the keys and values of sparse attention. */
final class CacheArguments {
  /** Fewer entries would not leave room for the window. */
  private static final int SMALLEST_MAX = 10;

  @Option(
      names = "--kv-cache",
      paramLabel = "POLICY",
      defaultValue = "exact",
      description =
          "How keys and values are kept: exact (all, in memory), spill (all, in a temporary file,"
              + " with the same results) or bounded (the latest and the most attended)"
              + " (default: ${DEFAULT-VALUE}).")
  private Kind kind;

  @Option(
      names = {"--kv-cache-type", "--kv-type"},
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "Type of keys and values: f32, bf16 or q8 (default: ${DEFAULT-VALUE}).")
  private WeightType type;

  @Option(
      names = {"--kv-cache-max", "--kv-budget"},
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Bounded: tokens that a block keeps before it is cut (default: 20000).")
  private @Nullable Integer max;

  @Option(
      names = "--kv-cache-min",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Bounded: tokens that a cut leaves (default: 80 %% of the maximum).")
  private @Nullable Integer min;

  @Option(
      names = "--kv-cache-window",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Bounded: newest tokens, which always stay (default: 10 %% of the maximum).")
  private @Nullable Integer window;

  @Option(
      names = "--kv-cache-observed",
      paramLabel = "N",
      description = "Bounded: latest queries, which choose what stays (default: 32).")
  private @Nullable Integer observed;

  @Option(
      names = {"--kv-cache-folder", "--kv-folder"},
      paramLabel = "DIR",
      description = "Spill: where the file lies (default: the system's choice).")
  private @Nullable Path folder;

  private enum Kind {
    exact,
    bounded,
    spill
  }

  /**
   * The options as the engine wants them.
   *
   * @throws InputException when they contradict each other or are out of range
   */
  CacheOptions options() {
    requireKind(Kind.bounded, "--kv-cache-max", max);
    requireKind(Kind.bounded, "--kv-cache-min", min);
    requireKind(Kind.bounded, "--kv-cache-window", window);
    requireKind(Kind.bounded, "--kv-cache-observed", observed);
    requireKind(Kind.spill, "--kv-cache-folder", folder);
    return new CacheOptions(policy(), type);
  }

  private void requireKind(Kind needed, String option, @Nullable Object value) {
    if (value != null && kind != needed) {
      throw new InputException(option + " goes with --kv-cache " + needed + ", not " + kind);
    }
  }

  private Policy policy() {
    return switch (kind) {
      case exact -> new Exact();
      case bounded -> bounded();
      case spill -> folder == null ? Spill.inTemporaryFolder() : new Spill(folder);
    };
  }

  /** In the proportions of {@link Bounded#DEFAULT} unless the options say otherwise. */
  private Bounded bounded() {
    Bounded usual = Bounded.DEFAULT;
    int most = max == null ? usual.max() : max;
    if (most < SMALLEST_MAX) {
      throw new InputException(
          "--kv-cache-max is " + most + "; expected " + SMALLEST_MAX + " or more");
    }
    return new Bounded(
        most,
        min == null ? (int) (most * 4L / 5) : min,
        window == null ? most / 10 : window,
        observed == null ? usual.observed() : observed);
  }

  /** For tables: the policy, its budget and the type where they are not the usual ones. */
  String name() {
    String policy = max == null ? kind.name() : kind + " " + max;
    return type == WeightType.F32 ? policy : policy + " " + type.name().toLowerCase(Locale.ROOT);
  }
}
