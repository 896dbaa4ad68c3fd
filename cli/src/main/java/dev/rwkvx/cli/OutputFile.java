package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.PthWriter;
import dev.rwkvx.io.OutputPath;
import dev.rwkvx.model.ModelShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint that a command writes: checks before the work, a line after it. */
final class OutputFile {
  private OutputFile() {}

  /**
   * @param inputs what is read while {@code out} is written
   * @throws InputException when {@code out} has another ending, cannot be a file, or is an input
   */
  static void require(Path out, Path... inputs) throws IOException {
    if (!out.toString().endsWith(".safetensors") && !PthWriter.isName(out)) {
      throw new InputException(out + ": the output must be named *.safetensors or *.pth");
    }
    requirePlace(out, inputs);
  }

  /**
   * @param inputs what is read while {@code out} is written
   * @throws InputException when {@code out} cannot be a file, or is an input
   */
  static void requirePlace(Path out, Path... inputs) throws IOException {
    Path file = OutputPath.require(out);
    if (!Files.exists(file)) {
      return;
    }
    for (Path in : inputs) {
      if (isPartOf(in, file)) {
        throw new InputException(out + ": is part of the input; choose another output");
      }
    }
  }

  /** Tells what was written. */
  static void report(Main main, Checkpoint written, Path out) throws IOException {
    String size = Text.bytes(Files.size(out));
    main.out.printf("%s: %s tensors, %s%n", out, Text.count(written.names().size()), size);
    if (PthWriter.isName(out) && written.metadata().containsKey(ModelShape.CHUNK_SIZE_KEY)) {
      main.err.printf(
          "note: a .pth file holds no settings; give --chunk-size %s, --top-k %s and the vocabulary"
              + " whenever it is used%n",
          written.metadata().get(ModelShape.CHUNK_SIZE_KEY),
          written.metadata().get(ModelShape.TOP_K_KEY));
    }
  }

  /** Whether the existing output is the input, or lies where the shards of the input lie. */
  private static boolean isPartOf(Path in, Path out) throws IOException {
    if (!Files.exists(in)) {
      return false;
    }
    boolean sharded =
        Files.isDirectory(in)
            || in.toString().endsWith(".json")
            || in.toString().matches(".*-\\d{5}-of-\\d{5}\\.gguf");
    Path inputFolder = Files.isDirectory(in) ? in : in.toAbsolutePath().getParent();
    return Files.isSameFile(in, out)
        || (sharded
            && inputFolder != null
            && Files.isSameFile(inputFolder, out.resolveSibling("")));
  }
}
