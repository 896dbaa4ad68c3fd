package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.ModelVocabulary;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model and the vocabulary that turns its tokens into text. */
final class TextModelArguments {
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

  private static Vocabulary ownVocabulary(RwkvX opened) {
    return ModelVocabulary.find(opened)
        .orElseThrow(
            () -> new InputException("--vocab is missing: " + ModelVocabulary.whyMissing(opened)));
  }
}
