package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.GgufWriter;
import dev.rwkvx.generate.ModelVocabulary;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.model.FlaFolder;
import dev.rwkvx.model.GgufConversion;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx convert}: any checkpoint in, one file or folder out, in bounded memory. */
@Command(
    name = "convert",
    description =
        "Write a checkpoint as one .safetensors, .gguf or .pth file, or as a folder that"
            + " transformers opens with flash-linear-attention.")
final class ConvertCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "IN", description = PulledModels.DESCRIPTION)
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The .safetensors, .gguf or .pth file to write; with --to fla the folder.")
  private Path out;

  @Option(
      names = "--to",
      paramLabel = "LAYOUT",
      description =
          "fla writes an RWKV-7 as a Hugging Face folder: weights, config.json and its vocabulary"
              + " (default: one file, of the kind that its name ends in).")
  private @Nullable Layout layout;

  @Option(
      names = "--overwrite",
      description = "Replace files in a folder that is not empty; others in it stay.")
  private boolean overwrite;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "Type of all weights: f32, bf16, f16; or q8, q4 to quantise the large matrices"
              + " (default: as they are, or the nearest type that OUT can have).")
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
      description =
          "Record the name of the vocabulary, such as rwkv_vocab_v20230424 or byte; for a .gguf"
              + " file and with --to fla the file of the vocabulary, or byte.")
  private @Nullable String vocabulary;

  @Option(
      names = "--head",
      paramLabel = "TYPE",
      description = "Type of the head in a quantised file: q8, q4 or f16 (default: f16).")
  private Head head = Head.f16;

  private enum Layout {
    fla
  }

  private enum Type {
    f32(new Target.Floating(DType.F32)),
    bf16(new Target.Floating(DType.BF16)),
    f16(new Target.Floating(DType.F16)),
    q8(new Target.Quantized(WeightType.Q8, WeightType.F16)),
    q4(new Target.Quantized(WeightType.Q4, WeightType.F16));

    final Target target;

    Type(Target target) {
      this.target = target;
    }
  }

  private enum Head {
    q8(WeightType.Q8),
    q4(WeightType.Q4),
    f16(WeightType.F16);

    final WeightType type;

    Head(WeightType type) {
      this.type = type;
    }
  }

  @Override
  public Integer call() throws IOException {
    requirePositive("--chunk-size", chunkSize);
    requirePositive("--top-k", topK);
    Path model = PulledModels.resolve(in);
    if (layout == Layout.fla) {
      writeFolder(model);
      return 0;
    }
    if (GgufWriter.isName(out)) {
      writeGguf(model);
      return 0;
    }
    OutputFile.require(out, model);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Conversion.run(checkpoint, out, target(), metadata());
      OutputFile.report(main, checkpoint, out);
    }
    return 0;
  }

  private void writeGguf(Path model) throws IOException {
    OutputFile.requirePlace(out, model);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      GgufConversion.run(
          checkpoint,
          out,
          target(),
          () ->
              vocabulary(checkpoint)
                  .orElseThrow(() ->
                      new InputException(
                          "--vocab is missing: " + ModelVocabulary.whyMissing(checkpoint)))
                  .tokens());
      OutputFile.report(main, checkpoint, out);
    }
  }

  /** The one that is named, or else the model's. */
  private Optional<Vocabulary> vocabulary(Checkpoint checkpoint) {
    return vocabulary == null
        ? ModelVocabulary.find(checkpoint)
        : Optional.of(Vocabularies.open(vocabulary));
  }

  private void writeFolder(Path model) throws IOException {
    if (type != null && type.target instanceof Target.Quantized) {
      throw new InputException(
          "--type " + type + " is not for --to fla; expected f32, bf16 or f16");
    }
    if (chunkSize != null || topK != null) {
      throw new InputException("--chunk-size and --top-k are of RWKV-X, --to fla writes RWKV-7");
    }
    OutputFolder.require(out, overwrite, model);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Optional<Vocabulary> tokens = vocabulary(checkpoint);
      FlaFolder.write(checkpoint, out, target(), tokens.map(Vocabulary::toWorldText));
      OutputFolder.report(main, checkpoint, out, tokens.isPresent());
    }
  }

  private Target target() {
    if (type == null) {
      return new Target.Same();
    }
    return type.target instanceof Target.Quantized quantized
        ? new Target.Quantized(quantized.blocks(), head.type)
        : type.target;
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new TreeMap<>();
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

  private static void requirePositive(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new InputException(option + " is " + value + "; expected 1 or more");
    }
  }
}
