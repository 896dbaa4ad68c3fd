package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model and the vocabulary that turns its tokens into text. */
final class TextModelArguments {
  /** Names of the byte vocabulary. */
  private static final List<String> BYTES = List.of("byte", "bytes");

  private static final int WORLD_SIZE = 65536;
  private static final String WORLD = "rwkv_vocab_v20230424";

  @Mixin private final ModelArguments model = new ModelArguments();

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      description = {
        Vocabularies.DESCRIPTION,
        "Default: the one that the model names, from the model's folder."
      })
  private @Nullable String vocabulary;

  /**
   * Opens the model; to be closed by the caller.
   *
   * @throws InputException when the file is no model
   */
  RwkvX open() {
    return model.open();
  }

  /** How the model runs. */
  ModelOptions options() {
    return model.options();
  }

  /**
   * The tokenizer of the model.
   *
   * @throws InputException when its vocabulary is unknown or cannot be used
   */
  Tokenizer tokenizer(RwkvX opened) {
    return new Tokenizer(
        vocabulary == null ? ownVocabulary(opened) : Vocabularies.open(vocabulary));
  }

  private Vocabulary ownVocabulary(RwkvX opened) {
    String recorded = recordedVocabulary(opened.config().vocabulary());
    // A vocabulary in the model itself is text of many lines.
    if (recorded.contains("\n")) {
      return Vocabulary.fromText(model.file().toString(), recorded);
    }
    if (BYTES.contains(recorded)) {
      return Vocabulary.bytes();
    }
    for (String name : List.of(recorded, recorded + ".txt")) {
      Path beside = model.file().resolveSibling(Path.of(name).getFileName());
      if (!recorded.isEmpty() && Files.isRegularFile(beside)) {
        return Vocabulary.load(beside);
      }
    }
    throw new InputException(
        "--vocab is missing: %s has %d token ids and %s"
            .formatted(
                model.file(),
                opened.config().vocabulary(),
                recorded.isEmpty()
                    ? "does not name its vocabulary"
                    : "there is no " + Text.fromFile(recorded) + ".txt beside it"));
  }

  /** The name or text in the checkpoint; else what the size tells; else nothing. */
  private String recordedVocabulary(int size) {
    try (Checkpoint checkpoint = Checkpoint.open(model.file())) {
      String bySize =
          switch (size) {
            case 256 -> BYTES.getFirst();
            case WORLD_SIZE -> WORLD;
            default -> "";
          };
      return checkpoint.metadata().getOrDefault(ModelShape.VOCABULARY_KEY, bySize);
    }
  }
}
