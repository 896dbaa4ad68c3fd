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
  private static final int SMALLEST_BUDGET = 10;

  @Option(
      names = "--kv-cache",
      paramLabel = "POLICY",
      defaultValue = "exact",
      description =
          "How keys and values are kept: exact (all, in memory), bounded (at most a budget), or"
              + " spill (all, in a temporary file) (default: ${DEFAULT-VALUE}).")
  private Kind kind;

  @Option(
      names = "--kv-type",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "Type of keys and values: f32, bf16 or q8 (default: ${DEFAULT-VALUE}).")
  private WeightType type;

  @Option(
      names = "--kv-budget",
      paramLabel = "N",
      converter = TokenCount.class,
      description =
          "Tokens that a bounded cache keeps at most; it is cut to 80 %%, of which the newest"
              + " eighth always stay (default: 20000).")
  private @Nullable Integer budget;

  @Option(
      names = "--kv-folder",
      paramLabel = "DIR",
      description = "Where the file of a spilled cache lies (default: the system's choice).")
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
    if (budget != null && kind != Kind.bounded) {
      throw new InputException("--kv-budget goes with --kv-cache bounded, not " + kind);
    }
    if (folder != null && kind != Kind.spill) {
      throw new InputException("--kv-folder goes with --kv-cache spill, not " + kind);
    }
    return new CacheOptions(policy(), type);
  }

  private Policy policy() {
    return switch (kind) {
      case exact -> new Exact();
      case bounded -> budget == null ? Bounded.DEFAULT : bounded(budget);
      case spill -> folder == null ? Spill.inTemporaryFolder() : new Spill(folder);
    };
  }

  /** In the proportions of {@link Bounded#DEFAULT}. */
  private static Bounded bounded(int max) {
    if (max < SMALLEST_BUDGET) {
      throw new InputException(
          "--kv-budget is " + max + "; expected " + SMALLEST_BUDGET + " or more");
    }
    int min = (int) (max * 4L / 5);
    return new Bounded(max, min, max / 10, Bounded.DEFAULT.observed());
  }

  /** For tables: the policy, its budget and the type where they are not the usual ones. */
  String name() {
    String policy = budget == null ? kind.name() : kind + " " + budget;
    return type == WeightType.F32 ? policy : policy + " " + type.name().toLowerCase(Locale.ROOT);
  }
}
