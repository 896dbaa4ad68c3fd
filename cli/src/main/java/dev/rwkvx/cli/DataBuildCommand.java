package dev.rwkvx.cli;

import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.data.DatasetBuilder;
import dev.rwkvx.training.data.DatasetOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx data build}: texts in, a token stream out. */
@Command(
    name = "build",
    description =
        "Write the tokens of texts as PREFIX.bin and PREFIX.idx (MMIDIDX, 16 bits), and"
            + " PREFIX.weights where JSON lines have \"answers\".")
final class DataBuildCommand implements Callable<Integer> {
  @ParentCommand private DataCommand data;
  @Mixin private final CorpusArguments corpus = new CorpusArguments();

  @Option(
      names = "--out",
      paramLabel = "PREFIX",
      required = true,
      description = "The name of the files without their endings.")
  private Path out;

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      required = true,
      description = Vocabularies.DESCRIPTION)
  private String vocabulary;

  @Option(names = "--shuffle", description = "Put the documents in random order.")
  private boolean shuffle;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of all that is random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "How often all documents come, each time shuffled anew (default: ${DEFAULT-VALUE}).")
  private int repeat;

  @Option(
      names = "--limit-tokens",
      paramLabel = "N",
      description = "Read no further document once there are N tokens.")
  private @Nullable Long limit;

  @Option(
      names = "--holdout",
      paramLabel = "FRACTION",
      defaultValue = "0",
      description = "Put this share of the documents into PREFIX-holdout (default: none).")
  private double holdout;

  @Option(
      names = "--context",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Tell which prime samples the stream in contexts of N tokens.")
  private @Nullable Integer context;

  @Override
  public Integer call() throws IOException {
    DatasetOptions options =
        new DatasetOptions(shuffle, seed, repeat, limit == null ? Long.MAX_VALUE : limit, holdout);
    Vocabulary opened = Vocabularies.open(vocabulary);
    DataReport report = new DataReport(data.main.out, opened, context);
    Corpus texts = corpus.open();
    DatasetBuilder.Result result;
    try (Progress progress = new Progress(data.main.err)) {
      result =
          new DatasetBuilder(
                  texts,
                  new Tokenizer(opened),
                  options,
                  (step, done, total, tokens) ->
                      progress.update(step, done, total, tokens, "tokens"))
              .build(out);
    }
    report.print(out);
    if (result.empty() > 0) {
      data.main.out.printf(
          "%-17s %s%n", "left out", Text.count(result.empty()) + " empty documents");
    }
    if (result.holdout() != null) {
      data.main.out.println();
      report.print(result.holdout());
    }
    return 0;
  }
}
