package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** The folder of a model that a command writes: checks before the work, lines after it. */
final class OutputFolder {
  /** The group norm of FLA has an epsilon that depends on the head size. */
  private static final int USUAL_HEAD = 64;

  private OutputFolder() {}

  /**
   * Checks that a folder can be written.
   *
   * @param overwrite whether it may have files already
   * @param in what is read while {@code out} is written
   * @throws InputException when it cannot be a folder, has files, or is where the input lies
   */
  static void require(Path out, boolean overwrite, Path in) throws IOException {
    Path parent = out.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new InputException(out + ": the folder that it is to lie in does not exist");
    }
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new InputException(out + ": exists and is not a folder");
    }
    Path inputFolder = Files.isDirectory(in) ? in : in.toAbsolutePath().getParent();
    if (inputFolder != null
        && Files.isDirectory(inputFolder)
        && Files.isSameFile(out, inputFolder)) {
      throw new InputException(out + ": the input lies in it; choose another output");
    }
    try (Stream<Path> files = Files.list(out)) {
      if (!overwrite && files.findAny().isPresent()) {
        throw new InputException(
            out + ": has files already; choose another folder, or give --overwrite");
      }
    }
  }

  /** Tells what was written, and what is missing or different where it is opened. */
  static void report(Main main, Checkpoint model, Path out, boolean vocabulary) throws IOException {
    main.out.printf(
        "%s: %s in FLA's layout%n", out, Text.bytes(Files.size(out.resolve("model.safetensors"))));
    if (!vocabulary) {
      main.err.println("note: no vocabulary was found; --vocab FILE adds it to the folder");
    }
    Config config = ModelShape.read(model, OptionalInt.empty(), OptionalInt.empty());
    if (config.headSize() != USUAL_HEAD) {
      main.err.printf(
          "note: FLA normalises heads of size %d with another epsilon than 64e-5; expect small"
              + " differences%n",
          config.headSize());
    }
  }
}
