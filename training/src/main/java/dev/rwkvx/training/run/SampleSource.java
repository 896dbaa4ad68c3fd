package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.CubicSamples;
import dev.rwkvx.training.data.PackedSamples;
import dev.rwkvx.training.data.Samples;
import dev.rwkvx.training.data.SftSamples;
import dev.rwkvx.training.data.TokenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Samples, and the file that they are read from, if it stays open. */
record SampleSource(Samples samples, @Nullable TokenFile stream) implements AutoCloseable {
  /**
   * Opens data.
   *
   * @param files of the training or the validation data
   * @param vocabulary tokens of the model
   * @throws InputException when a file cannot be used
   */
  static SampleSource open(RunConfig.Data data, List<String> files, int vocabulary, long seed)
      throws IOException {
    if (data.sampler() == RunConfig.Sampler.CONVERSATIONS) {
      return new SampleSource(conversations(data, files, vocabulary, seed), null);
    }
    TokenFile stream = TokenFile.open(Path.of(files.getFirst()), vocabulary);
    try {
      Samples samples =
          data.sampler() == RunConfig.Sampler.CUBIC
              ? new CubicSamples(stream, data.context())
              : new PackedSamples(stream, data.context(), data.shortest(), seed);
      return new SampleSource(samples, stream);
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e;
    }
  }

  private static SftSamples conversations(
      RunConfig.Data data, List<String> files, int vocabulary, long seed) throws IOException {
    String name = Objects.requireNonNull(data.vocabulary());
    Vocabulary known = name.equals("byte") ? Vocabulary.bytes() : Vocabulary.load(Path.of(name));
    if (known.size() > vocabulary) {
      throw new InputException(
          "data.vocabulary %s has %d tokens; expected at most the %d of the model"
              .formatted(name, known.size(), vocabulary));
    }
    return new SftSamples(
        files.stream().map(Path::of).toList(), new Tokenizer(known), data.context(), seed);
  }

  @Override
  public void close() {
    if (stream != null) {
      stream.close();
    }
  }
}
