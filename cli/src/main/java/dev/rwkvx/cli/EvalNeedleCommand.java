package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Needle;
import dev.rwkvx.evaluation.Texts;
import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval needle}: are facts in a long text found again? */
@Command(
    name = "needle",
    description = "Hide facts in long texts, or count words there, and ask for them (RULER).")
final class EvalNeedleCommand implements Callable<Integer> {
  /** Tasks whose texts are always made up. */
  private static final Set<String> WITHOUT_ESSAY = Set.of("niah_single_1", "vt", "cwe", "fwe");

  /** More than the longest prompts need. */
  private static final long ESSAY_BYTES = 1 << 26;

  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();
  @Mixin private final GridArguments grid = new GridArguments();

  @Option(
      names = "--tasks",
      paramLabel = "LIST",
      split = ",",
      description =
          "Of niah_single_1, niah_single_2, niah_single_3, niah_multikey, niah_multivalue,"
              + " niah_multiquery, vt, cwe, fwe (default: all).")
  private List<String> tasks = List.of();

  @Option(
      names = "--haystack",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Texts (.txt, .jsonl, .parquet) that most tasks hide facts in (default: the meaningless"
              + " sentences of niah_single_1).")
  private List<Path> haystack = List.of();

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "4",
      description = "Names in the text of niah_multikey (default: ${DEFAULT-VALUE}).")
  private int keys;

  @Option(
      names = "--values",
      paramLabel = "N",
      defaultValue = "4",
      description = "Numbers of the name in niah_multivalue (default: ${DEFAULT-VALUE}).")
  private int values;

  @Option(
      names = "--queries",
      paramLabel = "N",
      defaultValue = "4",
      description = "Names in niah_multiquery, all asked for (default: ${DEFAULT-VALUE}).")
  private int queries;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10",
      description = "Prompts for each task and length (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--samples", samples, 100_000);
    BenchArguments.requireRange("--keys", keys, 10_000);
    BenchArguments.requireRange("--values", values, 10_000);
    BenchArguments.requireRange("--queries", queries, 10_000);
    boolean noise = haystack.isEmpty();
    Texts essay = noise ? Texts.NONE : Texts.read(haystack, ESSAY_BYTES);
    SequencedMap<String, Task> chosen =
        chosen(
            Task.all(
                noise ? Haystack.noise() : Haystack.essay(essay.joined()),
                new Task.Sizes(keys, values, queries)));
    if (noise && !WITHOUT_ESSAY.containsAll(chosen.keySet())) {
      eval.main.err.println(
          "note: without --haystack all facts are hidden in the same meaningless sentences");
    }
    Needle.Options options =
        new Needle.Options(
            chosen,
            grid.lengths(),
            samples,
            grid.seed(),
            material(noise ? "noise" : essay.fingerprint()));
    return arguments.run(
        eval.main,
        (subject, batch) -> new Needle(subject.reader(batch), subject.tokenizer(), options));
  }

  private SequencedMap<String, Task> chosen(SequencedMap<String, Task> all) {
    if (tasks.isEmpty()) {
      return all;
    }
    SequencedMap<String, Task> chosen = new LinkedHashMap<>();
    for (String name : tasks) {
      Task task = all.get(name);
      if (task == null) {
        throw new InputException(
            "--tasks has '%s'; expected some of %s"
                .formatted(name, String.join(", ", all.keySet())));
      }
      chosen.put(name, task);
    }
    return chosen;
  }

  private SequencedMap<String, Object> material(String text) {
    SequencedMap<String, Object> material = new LinkedHashMap<>();
    material.put("haystack", text);
    material.put("keys", keys);
    material.put("values", values);
    material.put("queries", queries);
    return material;
  }
}
