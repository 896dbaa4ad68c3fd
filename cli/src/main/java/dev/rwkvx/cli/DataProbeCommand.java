package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.probes.Probe;
import dev.rwkvx.training.tasks.Range;
import dev.rwkvx.training.tasks.TaskDocument;
import dev.rwkvx.training.tasks.TaskFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx data probe}: sequences that test one ability each. */
@Command(
    name = "probe",
    description =
        "Write sequences of made-up words that test one ability of a model each, as JSON lines for"
            + " 'data build'; 'eval probe' asks for the same.")
final class DataProbeCommand implements Callable<Integer> {
  @ParentCommand private DataCommand data;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      required = true,
      description =
          "mqar (values of keys), copy (words among blanks), parity (of bits) or permutations"
              + " (their product).")
  private Probe task;

  @Option(
      names = "--sizes",
      paramLabel = "MIN-MAX",
      defaultValue = "8-64",
      converter = RangeConverter.class,
      description =
          "Pairs of mqar, at most 1024, blanks of copy, bits, or permutations; each doubling is as"
              + " likely (default: ${DEFAULT-VALUE}).")
  private Range sizes;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The .jsonl file to write.")
  private Path out;

  @Option(
      names = "--vocab-out",
      paramLabel = "FILE",
      description = "Also write the vocabulary of all tasks, a token for each word.")
  private @Nullable Path vocabularyOut;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1000",
      description = "The number of documents (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of all that is random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--count", count, Integer.MAX_VALUE);
    BenchArguments.requireRange("--sizes", sizes.most(), task.most());
    if (!out.toString().endsWith(".jsonl")) {
      throw new InputException(out + ": expected a name that ends with .jsonl");
    }
    if (vocabularyOut != null) {
      String lines = Vocabulary.of("probe", Probe.vocabulary()).toText();
      AtomicFile.write(vocabularyOut, lines.getBytes(StandardCharsets.UTF_8));
    }
    try (Progress progress = new Progress(data.main.err)) {
      TaskFile.write(
          out,
          this::document,
          count,
          (documents, _) -> progress.update("drawing", documents, count, documents, "documents"));
    }
    data.main.out.printf(
        "%s: %s documents, %s%n", out, Text.count(count), Text.bytes(Files.size(out)));
    return 0;
  }

  private TaskDocument document(long number) {
    SplittableRandom random =
        new SplittableRandom(seed * 0xD1342543DE82EF95L + number * 0xAF251AF3B0F025B5L);
    return task.draw(sizes.draw(random), random).document(task.label());
  }
}
