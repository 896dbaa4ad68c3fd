package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.InitialStates;
import dev.rwkvx.training.Initialisation;
import dev.rwkvx.training.OldStates;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.TrainingOptions;
import dev.rwkvx.training.data.Samples;
import dev.rwkvx.training.data.TokenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a configuration names, opened: the model with its gradients, and the data. */
record Ingredients(RwkvXGradients model, SampleSource samples, @Nullable SampleSource validation)
    implements AutoCloseable {
  /** The name of the vocabulary with one token per byte. */
  private static final String BYTE = "byte";

  /**
   * Opens everything.
   *
   * @param processes on this machine that share its processors
   * @throws InputException when a file cannot be used or does not fit the others
   */
  static Ingredients of(RunConfig config, int processes) throws IOException {
    Vocabulary given = vocabulary(config.data().vocabulary());
    Parameters parameters = parameters(config, given);
    Vocabulary vocabulary = given == null ? vocabulary(parameters) : given;
    checkVocabulary(parameters, vocabulary);
    checkFinite(config, parameters);
    Predicate<String> trained = trained(config, parameters);
    int tokens = parameters.config().vocabulary();
    SampleSource samples = null;
    SampleSource validation = null;
    try {
      samples =
          SampleSource.open(
              config.data(), config.data().files(), tokens, vocabulary, config.seed());
      checkAnswers(config.data(), samples);
      List<String> held = config.validation().files();
      if (!held.isEmpty()) {
        validation = SampleSource.open(config.data(), held, tokens, vocabulary, config.seed());
      }
      TrainingOptions defaults = TrainingOptions.defaults();
      Integer threads = config.threads();
      int share = Math.max(1, defaults.threads() / processes);
      TrainingOptions options = defaults.withThreads(threads == null ? share : threads);
      OldStates states = oldStates(config.resets().states(), parameters);
      RwkvXGradients model = new RwkvXGradients(parameters, options, trained, states);
      try {
        model.requireRoom((long) config.data().batch() * config.data().context());
      } catch (InputException e) {
        model.close();
        throw e;
      }
      return new Ingredients(model, samples, validation);
    } catch (IOException | RuntimeException | Error e) {
      if (samples != null) {
        samples.close();
      }
      if (validation != null) {
        validation.close();
      }
      throw e;
    }
  }

  private static OldStates oldStates(@Nullable List<String> files, Parameters parameters) {
    return files == null
        ? OldStates.NONE
        : OldStates.load(files.stream().map(Path::of).toList(), parameters.config());
  }

  @Nullable Samples validationSamples() {
    return validation == null ? null : validation.samples();
  }

  /**
   * A checksum of all tensors that are not trained: a run cannot go on with others. It is that of
   * nothing when all are trained.
   */
  long frozenChecksum() {
    Set<String> trained = model.gradients().names();
    return model.parameters().checksum(name -> !trained.contains(name));
  }

  @Override
  public void close() {
    model.close();
    samples.close();
    if (validation != null) {
      validation.close();
    }
  }

  private static void checkVocabulary(Parameters model, @Nullable Vocabulary vocabulary) {
    int tokens = model.config().vocabulary();
    if (vocabulary != null && vocabulary.size() > tokens) {
      throw new InputException(
          "The vocabulary %s has %d tokens; expected at most %d, which is what %s knows"
              .formatted(vocabulary.name(), vocabulary.size(), tokens, model.source()));
    }
  }

  /** A model that will not be written for its infinite weights is refused before the work. */
  private static void checkFinite(RunConfig config, Parameters model) {
    if (config.lora().rank() == null && !config.tuneState()) {
      model
          .notFinite(_ -> true, config.checkpoints().type().type())
          .ifPresent(problem -> {
            throw new InputException(
                "%s: %s; expected finite weights".formatted(model.source(), problem));
          });
    }
  }

  private static void checkAnswers(RunConfig.Data data, SampleSource samples) {
    TokenFile stream = samples.stream();
    if (data.weightOfAnswers() != 1 && stream != null && !stream.hasAnswers()) {
      throw new InputException(
          ("data.answer_weight is %s, but beside %s is no .weights file to tell answers; expected"
                  + " one, from texts with \"answers\", or the weight 1")
              .formatted(data.answerWeight(), stream.path()));
    }
  }

  private static @Nullable Vocabulary vocabulary(@Nullable String name) {
    if (name == null) {
      return null;
    }
    return name.equals(BYTE) ? Vocabulary.bytes() : Vocabulary.load(Path.of(name));
  }

  /** The vocabulary that a model keeps; null when it keeps none. */
  private static @Nullable Vocabulary vocabulary(Parameters model) {
    String kept = model.metadata().getOrDefault(ModelShape.VOCABULARY_KEY, "");
    if (kept.contains("\n")) {
      return Vocabulary.fromText(model.source().toString(), kept);
    }
    return kept.equals(BYTE) ? Vocabulary.bytes() : null;
  }

  /** The model with all that learns. */
  private static Parameters parameters(RunConfig config, @Nullable Vocabulary vocabulary) {
    RunConfig.Model model = config.model();
    RunConfig.Shape shape = model.shape();
    Parameters parameters =
        shape == null
            ? Parameters.load(
                Path.of(String.valueOf(model.file())),
                optional(model.chunkSize()),
                optional(model.topK()))
            : Initialisation.create(sizes(shape, model, vocabulary), shape.ranks(), config.seed());
    if (vocabulary != null && !parameters.metadata().containsKey(ModelShape.VOCABULARY_KEY)) {
      String kept = BYTE.equals(config.data().vocabulary()) ? BYTE : vocabulary.toText();
      parameters = parameters.with(List.of(), Map.of(ModelShape.VOCABULARY_KEY, kept));
    }
    Integer rank = config.lora().rank();
    Double alpha = config.lora().alpha();
    if (rank != null) {
      Predicate<String> matrices = NamePattern.any(config.lora().matrices());
      parameters =
          Adapters.add(parameters, rank, alpha == null ? rank : alpha, matrices, config.seed());
    }
    return config.tuneState() ? InitialStates.add(parameters) : parameters;
  }

  private static Config sizes(
      RunConfig.Shape shape, RunConfig.Model model, @Nullable Vocabulary vocabulary) {
    Integer size = shape.vocabulary();
    if (size == null && vocabulary == null) {
      throw new InputException(
          "model.shape.vocabulary is missing; expected --vocab-size, or --vocab with a vocabulary");
    }
    return new Config(
        size != null ? size : Objects.requireNonNull(vocabulary).size(),
        shape.embedding(),
        shape.headSize(),
        shape.rwkvBlocks(),
        shape.sparseBlocks(),
        optional(model.chunkSize()).orElse(Config.DEFAULT_CHUNK_SIZE),
        optional(model.topK()).orElse(Config.DEFAULT_TOP_K));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static Predicate<String> trained(RunConfig config, Parameters parameters) {
    if (config.recipe() == Recipe.ALIGN && parameters.config().sparseBlocks() == 0) {
      throw new InputException(
          parameters.source()
              + " has no sparse blocks to align; expected a model that 'rwkvx grow' gave some");
    }
    List<String> train = config.parameters().train();
    List<String> freeze = config.parameters().freeze();
    checkUsed("parameters.train", train, parameters);
    checkUsed("parameters.freeze", freeze, parameters);
    Predicate<String> meant = NamePattern.any(train).and(NamePattern.any(freeze).negate());
    if (config.lora().rank() != null) {
      return meant.and(Adapters::isAdapter);
    }
    return config.tuneState() ? meant.and(InitialStates::isState) : meant;
  }

  private static void checkUsed(String key, List<String> patterns, Parameters parameters) {
    for (String pattern : patterns) {
      Predicate<String> fits = NamePattern.any(List.of(pattern));
      if (parameters.all().stream().noneMatch(parameter -> fits.test(parameter.name()))) {
        throw new InputException(
            "%s has '%s', which fits no tensor of %s; expected a pattern such as *.att.* or *"
                .formatted(key, pattern, parameters.source()));
      }
    }
  }
}
