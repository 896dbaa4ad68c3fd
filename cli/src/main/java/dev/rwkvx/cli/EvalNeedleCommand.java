package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Needle;
import dev.rwkvx.evaluation.needle.Task;
import java.io.IOException;
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
  private static final Set<String> WITHOUT_ESSAY =
      Set.of("niah_single_1", "niah_multikey_2", "niah_multikey_3", "vt", "cwe", "fwe");

  /** Fewer than there are. */
  private static final int MOST_NAMES = 2_000;

  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();
  @Mixin private final GridArguments grid = new GridArguments();
  @Mixin private final HaystackArguments haystack = new HaystackArguments();

  @Option(
      names = "--tasks",
      paramLabel = "LIST",
      split = ",",
      description =
          "Of niah_single_1, niah_single_2, niah_single_3, niah_multikey, niah_multikey_2,"
              + " niah_multikey_3, niah_multivalue, niah_multiquery, vt, cwe, fwe (default: all).")
  private List<String> tasks = List.of();

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
    BenchArguments.requireRange("--keys", keys, MOST_NAMES);
    BenchArguments.requireRange("--values", values, 10_000);
    BenchArguments.requireRange("--queries", queries, MOST_NAMES);
    HaystackArguments.Read text = haystack.read();
    SequencedMap<String, Task> chosen =
        chosen(Task.all(text.haystack(), new Task.Sizes(keys, values, queries)));
    if (text.isNoise() && !WITHOUT_ESSAY.containsAll(chosen.keySet())) {
      eval.main.err.println(
          "note: without --haystack all facts are hidden in the same meaningless sentences");
    }
    Needle.Options options =
        new Needle.Options(
            "needle", chosen, grid.lengths(), samples, 1, grid.seed(), material(text.name()));
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
