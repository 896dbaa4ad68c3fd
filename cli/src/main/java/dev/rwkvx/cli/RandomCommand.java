package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx random}: a model file of any size to measure with, where no real one is at hand. */
@Command(
    name = "random",
    description =
        "Write a model with random weights: as fast as a trained one, but it says nothing.")
final class RandomCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Option(names = "--shape", paramLabel = "SHAPE", required = true, description = Shape.DESCRIPTION)
  private String shape;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Type of the weights: f32, bf16, f16, q8, q4 (default: bf16).")
  private WeightType type = WeightType.BF16;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The .safetensors file to write.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (!out.toString().endsWith(".safetensors")) {
      throw new InputException("--out is " + out + "; expected a name *.safetensors");
    }
    try (Checkpoint model = RandomModel.create(Shape.parse(shape), type, seed)) {
      Conversion.run(model, out, new Conversion.Target.Same(), Map.of());
      String size = Text.bytes(Files.size(out));
      main.out.printf("%s: %s tensors, %s%n", out, Text.count(model.names().size()), size);
    }
    return 0;
  }
}
