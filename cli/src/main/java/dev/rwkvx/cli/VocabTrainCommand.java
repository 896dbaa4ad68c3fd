package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.TextSample;
import dev.rwkvx.training.data.VocabularyTrainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx vocab train}: a vocabulary that fits some texts. */
@Command(
    name = "train",
    description = "Find the byte strings that encode texts in the fewest tokens.")
final class VocabTrainCommand implements Callable<Integer> {
  @ParentCommand private VocabCommand vocab;
  @Mixin private final CorpusArguments corpus = new CorpusArguments();

  @Option(
      names = "--size",
      paramLabel = "N",
      required = true,
      description =
          "The size of the vocabulary: the end of a document, 256 bytes and N − 257 strings.")
  private int size;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The vocabulary file to write.")
  private Path out;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "world, which the official tools read, or compact, this program's own (default: world).")
  private Format format = Format.world;

  @Option(
      names = "--sample",
      paramLabel = "MIB",
      defaultValue = "16",
      description =
          "Learn from about this many MiB of the texts, evenly from all of them"
              + " (default: ${DEFAULT-VALUE}).")
  private int sample;

  private enum Format {
    world,
    compact
  }

  @Override
  public Integer call() throws IOException {
    if (sample < 1 || sample > 512) {
      throw new InputException("--sample is " + sample + "; expected 1 to 512");
    }
    TextSample text = TextSample.of(corpus.open(), (long) sample << 20);
    Vocabulary trained;
    try (Progress progress = new Progress(vocab.main.err)) {
      trained =
          VocabularyTrainer.train(
              String.valueOf(out.getFileName()),
              text.pieces(),
              size,
              (left, target) -> progress.update("choosing", target, left, left, "candidates left"));
    }
    String lines = format == Format.world ? trained.toWorldText() : trained.toText();
    AtomicFile.write(out, lines.getBytes(StandardCharsets.UTF_8));
    report("training text", trained, text.pieces());
    report("held-out text", trained, text.heldOut());
    return 0;
  }

  private void report(String name, Vocabulary trained, List<byte[]> text) {
    if (!text.isEmpty()) {
      vocab.main.out.printf(
          Locale.ROOT,
          "%s   %s, %.3f bytes per token%n",
          name,
          Text.bytes(text.stream().mapToLong(piece -> piece.length).sum()),
          VocabularyTrainer.bytesPerToken(trained, text));
    }
  }
}
