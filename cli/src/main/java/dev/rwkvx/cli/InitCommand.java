package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.LowRanks;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.Initialisation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx init}: an untrained model to train from scratch. */
@Command(name = "init", description = "Write a new model with the initialisation of RWKV-7.")
final class InitCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Option(names = "--shape", paramLabel = "SHAPE", required = true, description = Shape.DESCRIPTION)
  private String shape;

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      description = {Vocabularies.DESCRIPTION, "It is recorded in the model."})
  private @Nullable String vocabulary;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description = "Token ids, if no vocabulary is given.")
  private @Nullable Integer vocabularySize;

  @Option(
      names = "--head-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Width of a head (default: ${DEFAULT-VALUE}).")
  private int headSize;

  @Mixin private final SparseArguments sparse = new SparseArguments();

  @Mixin private final KeyConvolutionArguments keyConvolution = new KeyConvolutionArguments();

  @Option(
      names = "--low-rank",
      paramLabel = "N",
      split = ",",
      description =
          "Inner size of the low-rank pairs, or four for decay, rate, value and gate such as"
              + " 64,64,32,128 (default: by the embedding size, as in the published models).")
  private @Nullable List<Integer> lowRank;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Type of the weights: f32, bf16, f16 (default: f32).")
  private FloatingType type = FloatingType.f32;

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
      description = "The .safetensors or .pth file to write.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    OutputFile.require(out);
    Map<String, String> metadata = new HashMap<>();
    Config config = config(metadata);
    Checkpoint model =
        Initialisation.checkpoint(config, ranks(config.embedding()), type.type, seed, metadata);
    Conversion.run(model, out, new Conversion.Target.Same(), Map.of());
    OutputFile.report(main, model, out);
    return 0;
  }

  private Config config(Map<String, String> metadata) {
    BenchArguments.requireRange("--head-size", headSize, 4096);
    Config named = Shape.parse(shape, headSize);
    return new Config(
        vocabularySize(metadata),
        named.embedding(),
        named.headSize(),
        named.rwkvBlocks(),
        named.sparseBlocks(),
        sparse.chunkSize().orElse(named.chunkSize()),
        sparse.topK().orElse(named.topK()),
        keyConvolution.width());
  }

  private int vocabularySize(Map<String, String> metadata) {
    if ((vocabulary == null) == (vocabularySize == null)) {
      throw new InputException("expected one of --vocab FILE and --vocab-size N");
    }
    if (vocabularySize != null) {
      BenchArguments.requireRange("--vocab-size", vocabularySize, 1 << 20);
      return vocabularySize;
    }
    Vocabulary opened = Vocabularies.open(String.valueOf(vocabulary));
    metadata.put(ModelShape.VOCABULARY_KEY, opened.toText());
    return opened.size();
  }

  private LowRanks ranks(int embedding) {
    if (lowRank == null) {
      return LowRanks.of(embedding);
    }
    if (lowRank.size() != 1 && lowRank.size() != 4) {
      throw new InputException(
          "--low-rank has "
              + lowRank.size()
              + " sizes; expected one, or four such as 64,64,32,128");
    }
    lowRank.forEach(size -> BenchArguments.requireRange("--low-rank", size, 1 << 16));
    return lowRank.size() == 1
        ? LowRanks.all(lowRank.get(0))
        : new LowRanks(lowRank.get(0), lowRank.get(1), lowRank.get(2), lowRank.get(3));
  }
}
