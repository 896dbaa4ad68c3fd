package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.ModelShape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx convert}: any checkpoint in, one safetensors file out, in bounded memory. */
@Command(name = "convert", description = "Write a checkpoint as one .safetensors file.")
final class ConvertCommand implements Callable<Integer> {
  private static final int PIECE = 1 << 20;

  /** Finite values from here on round to an infinity of F16. */
  private static final float F16_OVERFLOW = 65520;

  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "IN", description = "A .pth or .safetensors checkpoint.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .safetensors file to write.")
  private Path out;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "Type of all floating tensors: ${COMPLETION-CANDIDATES} (default: as they are).")
  private @Nullable Type type;

  @Option(
      names = "--chunk-size",
      paramLabel = "N",
      description = "Record the chunk size of the sparse attention, in tokens.")
  private @Nullable Integer chunkSize;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Record how many chunks the sparse attention reads.")
  private @Nullable Integer topK;

  @Option(
      names = "--vocab",
      paramLabel = "NAME",
      description = "Record the name of the vocabulary, such as rwkv_vocab_v20230424 or byte.")
  private @Nullable String vocabulary;

  private enum Type {
    f32(DType.F32),
    bf16(DType.BF16),
    f16(DType.F16);

    final DType stored;

    Type(DType stored) {
      this.stored = stored;
    }
  }

  @Override
  public Integer call() throws IOException {
    requirePositive("--chunk-size", chunkSize);
    requirePositive("--top-k", topK);
    requireOutput();
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      List<TensorHeader> headers =
          checkpoint.names().stream()
              .map(n -> new TensorHeader(n, target(checkpoint.type(n)), checkpoint.shape(n)))
              .toList();
      try (SafetensorsWriter writer =
          SafetensorsWriter.create(out, headers, metadata(checkpoint))) {
        for (TensorHeader header : headers) {
          copy(checkpoint.tensor(header.name()), header.type(), writer);
        }
        writer.commit();
      }
      String size = Text.bytes(Files.size(out));
      main.out.printf("%s: %s tensors, %s%n", out, Text.count(headers.size()), size);
    }
    return 0;
  }

  private DType target(DType stored) {
    return type != null && stored.isFloating() ? type.stored : stored;
  }

  private Map<String, String> metadata(Checkpoint checkpoint) {
    Map<String, String> metadata = new TreeMap<>(checkpoint.metadata());
    if (chunkSize != null) {
      metadata.put(ModelShape.CHUNK_SIZE_KEY, chunkSize.toString());
    }
    if (topK != null) {
      metadata.put(ModelShape.TOP_K_KEY, topK.toString());
    }
    if (vocabulary != null) {
      metadata.put(ModelShape.VOCABULARY_KEY, vocabulary);
    }
    return metadata;
  }

  private static void copy(Tensor tensor, DType target, SafetensorsWriter writer) {
    if (tensor.type() == target) {
      writer.write(tensor.data());
      return;
    }
    int width = tensor.type().bytes();
    for (long at = 0; at < tensor.elements(); at += PIECE) {
      long count = Math.min(PIECE, tensor.elements() - at);
      MemorySegment data = tensor.data().asSlice(at * width, count * width);
      float[] values = Tensor.of(tensor.name(), tensor.type(), new long[] {count}, data).toFloats();
      if (target == DType.F16) {
        requireF16Range(tensor, values);
      }
      writer.writeFloats(values, 0, values.length);
    }
  }

  private static void requireF16Range(Tensor tensor, float[] values) {
    for (float value : values) {
      if (Math.abs(value) >= F16_OVERFLOW && Float.isFinite(value)) {
        throw new InputException(
            tensor + " holds " + value + ", which f16 cannot (at most 65504); use --type bf16");
      }
    }
  }

  private void requireOutput() throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    if (!out.toString().endsWith(".safetensors")) {
      throw new InputException(out + ": the output must be named *.safetensors");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InputException(out + ": its folder does not exist");
    }
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isRegularFile(out)) {
      throw new InputException(out + ": exists and is not a file");
    }
    if (isInput(folder)) {
      throw new InputException(out + ": is part of the input; choose another output");
    }
  }

  /** Whether the existing output is the input, or lies where the shards of the input lie. */
  private boolean isInput(Path folder) throws IOException {
    if (!Files.exists(in)) {
      return false;
    }
    boolean sharded = Files.isDirectory(in) || in.toString().endsWith(".json");
    Path inputFolder = Files.isDirectory(in) ? in : in.toAbsolutePath().getParent();
    return Files.isSameFile(in, out)
        || (sharded && inputFolder != null && Files.isSameFile(inputFolder, folder));
  }

  private static void requirePositive(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new InputException(option + " is " + value + "; expected 1 or more");
    }
  }
}
