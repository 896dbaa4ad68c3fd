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
import org.jspecify.annotations.Nullable;

/** Samples, and the file that they are read from, if it stays open. */
record SampleSource(Samples samples, @Nullable TokenFile stream) implements AutoCloseable {
  /**
   * Opens data.
   *
   * @param files of the training or the validation data
   * @param tokens that the model knows
   * @param vocabulary of conversations; null where none is known
   * @throws InputException when a file cannot be used
   */
  static SampleSource open(
      RunConfig.Data data,
      List<String> files,
      int tokens,
      @Nullable Vocabulary vocabulary,
      long seed)
      throws IOException {
    if (data.sampler() == RunConfig.Sampler.CONVERSATIONS) {
      if (vocabulary == null) {
        throw new InputException(
            "data.vocabulary is missing; expected --vocab, a vocabulary file or 'byte'");
      }
      List<Path> paths = files.stream().map(Path::of).toList();
      return new SampleSource(
          new SftSamples(paths, new Tokenizer(vocabulary), data.context(), seed), null);
    }
    TokenFile stream = TokenFile.open(Path.of(files.getFirst()), tokens);
    float answerWeight = data.weightOfAnswers();
    try {
      Samples samples =
          data.sampler() == RunConfig.Sampler.CUBIC
              ? new CubicSamples(stream, data.context(), answerWeight)
              : new PackedSamples(stream, data.context(), data.shortest(), seed, answerWeight);
      return new SampleSource(samples, stream);
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e;
    }
  }

  @Override
  public void close() {
    if (stream != null) {
      stream.close();
    }
  }
}
