package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.training.Growth;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx grow}: RWKV-7 in, RWKV-X out, in bounded memory. */
@Command(
    name = "grow",
    description = "Insert sparse-attention blocks into an RWKV-7 model, which makes it an RWKV-X.")
final class GrowCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "IN", description = "An RWKV-7 checkpoint.")
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The .safetensors or .pth file to write.")
  private Path out;

  @Option(
      names = "--blocks",
      paramLabel = "N",
      required = true,
      description = "How many sparse blocks; they must divide the model's blocks.")
  private int blocks;

  @Option(
      names = "--init",
      paramLabel = "INIT",
      description =
          "zero: new weights whose output is zero, so that all logits stay as they are; copy: the"
              + " weights of the RWKV-7 block in front; expand: the same copy with its output zero,"
              + " as LLaMA Pro expands blocks (default: zero).")
  private Growth.Start init = Growth.Start.ZERO;

  @Mixin private final SparseArguments sparse = new SparseArguments();

  @Mixin private final KeyConvolutionArguments keyConvolution = new KeyConvolutionArguments();

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Type of all weights: f32, bf16, f16 (default: as they are).")
  private @Nullable FloatingType type;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same new weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    OutputFile.require(out, in);
    Target target = type == null ? new Target.Same() : new Target.Floating(type.type);
    try (Checkpoint model = Checkpoint.open(in)) {
      Growth.Sparse inserted =
          new Growth.Sparse(blocks, sparse.chunkSize(), sparse.topK(), keyConvolution.width());
      Checkpoint grown = Growth.grow(model, inserted, init, seed);
      Conversion.run(grown, out, target, Map.of());
      OutputFile.report(main, grown, out);
    }
    return 0;
  }
}
