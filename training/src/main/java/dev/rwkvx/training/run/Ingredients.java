package dev.rwkvx.training.run;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.InputException;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.Parameters.Parameter;
import dev.rwkvx.training.RwkvXGradients;
import dev.rwkvx.training.TrainingOptions;
import dev.rwkvx.training.data.Samples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What a configuration names, opened: the model with its gradients, and the data. */
record Ingredients(RwkvXGradients model, SampleSource samples, @Nullable SampleSource validation)
    implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  /**
   * Opens everything.
   *
   * @throws InputException when a file cannot be used or does not fit the others
   */
  static Ingredients of(RunConfig config) throws IOException {
    Parameters parameters = parameters(config.model(), config.seed());
    Predicate<String> trained = trained(config, parameters);
    int vocabulary = parameters.config().vocabulary();
    SampleSource samples = null;
    SampleSource validation = null;
    try {
      samples = SampleSource.open(config.data(), config.data().files(), vocabulary, config.seed());
      List<String> held = config.validation().files();
      if (!held.isEmpty()) {
        validation = SampleSource.open(config.data(), held, vocabulary, config.seed());
      }
      TrainingOptions defaults = TrainingOptions.defaults();
      Integer threads = config.threads();
      TrainingOptions options = threads == null ? defaults : defaults.withThreads(threads);
      return new Ingredients(new RwkvXGradients(parameters, options, trained), samples, validation);
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

  @Nullable Samples validationSamples() {
    return validation == null ? null : validation.samples();
  }

  /**
   * A checksum of all tensors that are not trained: a run cannot go on with others. It is that of
   * nothing when all are trained.
   */
  String frozenChecksum() {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(LITTLE_ENDIAN);
    for (Parameter parameter : model.parameters().all()) {
      if (!model.gradients().names().contains(parameter.name())) {
        checksum.update(parameter.name().getBytes(StandardCharsets.UTF_8));
        float[] values = parameter.values();
        for (int at = 0; at < values.length; at += BUFFER / Float.BYTES) {
          int count = Math.min(BUFFER / Float.BYTES, values.length - at);
          buffer.clear().asFloatBuffer().put(values, at, count);
          checksum.update(buffer.limit(count * Float.BYTES));
        }
      }
    }
    return Long.toHexString(checksum.getValue());
  }

  @Override
  public void close() {
    model.close();
    samples.close();
    if (validation != null) {
      validation.close();
    }
  }

  private static Parameters parameters(RunConfig.Model model, long seed) {
    String file = model.file();
    if (file == null) {
      throw new InputException("model.shape: new models cannot be made yet; expected model.file");
    }
    return Parameters.load(Path.of(file), optional(model.chunkSize()), optional(model.topK()));
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
    return NamePattern.any(train).and(NamePattern.any(freeze).negate());
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
