package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.tasks.Haystack;
import dev.rwkvx.training.tasks.Measure;
import dev.rwkvx.training.tasks.NoiseHaystack;
import dev.rwkvx.training.tasks.Range;
import dev.rwkvx.training.tasks.TaskFile;
import dev.rwkvx.training.tasks.TaskGenerator;
import dev.rwkvx.training.tasks.TaskKind;
import dev.rwkvx.training.tasks.TaskOptions;
import dev.rwkvx.training.tasks.TextHaystack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx data tasks}: documents that hide facts and ask for them. */
@Command(
    name = "tasks",
    description =
        "Write documents that hide facts in other text and ask for them, as JSON lines for"
            + " 'data build'.")
final class DataTasksCommand implements Callable<Integer> {
  @ParentCommand private DataCommand data;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The .jsonl file to write.")
  private Path out;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1000",
      description = "The number of documents (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--lengths",
      paramLabel = "MIN-MAX",
      defaultValue = "1K-8K",
      converter = RangeConverter.class,
      description =
          "Tokens of a document, or bytes without --vocab; each doubling is as likely"
              + " (default: ${DEFAULT-VALUE}).")
  private Range lengths;

  @Option(names = "--vocab", paramLabel = "FILE", description = Vocabularies.DESCRIPTION)
  private @Nullable String vocabulary;

  @Option(
      names = "--kinds",
      paramLabel = "KIND",
      split = ",",
      description =
          "Some of passkey (one number without a name), numbers, words, codes, uuids (of many"
              + " names), pairs (a name and any value, no sentence), lists (several values of one"
              + " name), chains (variables), recall (of sentences), mixed (passkey, numbers, words"
              + " and lists at once); each as likely (default: all).")
  private List<TaskKind> kinds = List.of(TaskKind.values());

  @Option(
      names = "--keys",
      paramLabel = "MIN-MAX",
      defaultValue = "4-64",
      converter = RangeConverter.class,
      description =
          "Facts in a document, fewer where it is short; a passkey comes alone"
              + " (default: ${DEFAULT-VALUE}).")
  private Range keys;

  @Option(
      names = "--queries",
      paramLabel = "MIN-MAX",
      defaultValue = "1-16",
      converter = RangeConverter.class,
      description =
          "Questions of a document, each about any of the facts before it, but no more than there"
              + " are facts, and fewer where it is short (default: ${DEFAULT-VALUE}).")
  private Range queries;

  @Option(
      names = "--haystack",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Texts to hide facts in: files or folders of .txt, .jsonl and .parquet files"
              + " (default: made-up sentences).")
  private List<Path> haystack = List.of();

  @Option(
      names = "--bare",
      description =
          "Facts and questions alone, without a haystack: documents are as long as these, and at"
              + " most as long as --lengths.")
  private boolean bare;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of all that is random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--count", count, Integer.MAX_VALUE);
    if (!out.toString().endsWith(".jsonl")) {
      throw new InputException(out + ": expected a name that ends with .jsonl");
    }
    TaskOptions options = new TaskOptions(kinds, lengths, keys, queries, seed);
    Measure measure =
        vocabulary == null
            ? Measure.BYTES
            : Measure.tokens(new Tokenizer(Vocabularies.open(vocabulary)));
    Haystack texts = texts();
    TaskGenerator generator = new TaskGenerator(options, texts, measure);
    long[] total = {0};
    try (Progress progress = new Progress(data.main.err)) {
      TaskFile.write(
          out,
          generator::document,
          count,
          (documents, answers) -> {
            total[0] = answers;
            progress.update("hiding", documents, count, documents, "documents");
          });
    }
    data.main.out.printf(
        "%s: %s documents with %s answers, %s%n",
        out, Text.count(count), Text.count(total[0]), Text.bytes(Files.size(out)));
    return 0;
  }

  private Haystack texts() throws IOException {
    if (bare && !haystack.isEmpty()) {
      throw new InputException("--bare leaves out the haystack; expected it without --haystack");
    }
    if (bare) {
      return Haystack.NONE;
    }
    return haystack.isEmpty()
        ? new NoiseHaystack()
        : TextHaystack.read(Corpus.of(haystack, "text", null));
  }
}
