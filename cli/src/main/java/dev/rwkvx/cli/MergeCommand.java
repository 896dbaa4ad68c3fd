package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.training.Adapters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx merge}: a model and its adapters in, a model out, in bounded memory. */
@Command(
    name = "merge",
    description = "Merge low-rank adapters (LoRA) into the model they were trained for.")
final class MergeCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "BASE", description = "The model, as it was before.")
  private Path base;

  @Parameters(index = "1", paramLabel = "ADAPTERS", description = "The trained adapters.")
  private Path adapters;

  @Parameters(
      index = "2",
      paramLabel = "OUT",
      description = "The .safetensors or .pth file to write.")
  private Path out;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Type of all weights: f32, bf16, f16 (default: as in BASE).")
  private @Nullable FloatingType type;

  @Override
  public Integer call() throws IOException {
    OutputFile.require(out, base, adapters);
    Optional<DType> merged = Optional.ofNullable(type).map(t -> t.type);
    Target target = type == null ? new Target.Same() : new Target.Floating(type.type);
    try (Checkpoint model = Checkpoint.open(base);
        Checkpoint additions = Checkpoint.open(adapters)) {
      Checkpoint result = Adapters.merge(model, additions, merged);
      Conversion.run(result, out, target, Map.of());
      OutputFile.report(main, result, out);
    }
    return 0;
  }
}
