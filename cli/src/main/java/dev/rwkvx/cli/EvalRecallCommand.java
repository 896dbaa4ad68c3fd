package dev.rwkvx.cli;

import dev.rwkvx.evaluation.Needle;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.evaluation.recall.RecallTasks;
import dev.rwkvx.training.tasks.Split;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx eval recall}: does a model recall what a long text told? */
@Command(
    name = "recall",
    description =
        "Tell the values of many names in a long text and ask for that of one, or tell a story and"
            + " ask about it. Names and values are those that 'data tasks' never writes; so are the"
            + " sentences, unless --seen-sentences is given.")
final class EvalRecallCommand implements Callable<Integer> {
  private static final int MOST_NAMES = 2_048;

  @ParentCommand private EvalCommand eval;
  @Mixin private final EvaluationArguments arguments = new EvaluationArguments();
  @Mixin private final GridArguments grid = new GridArguments();
  @Mixin private final HaystackArguments haystack = new HaystackArguments();

  @Option(
      names = "--tasks",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "numbers",
      description =
          "Values of names: numbers, words, codes, uuids, pairs (numbers without a sentence);"
              + " stories in long texts: qa1, qa2, qa3, qa4, qa5, or babilong for all five"
              + " (default: ${DEFAULT-VALUE}).")
  private List<String> tasks;

  @Option(
      names = "--keys",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "1,8,64,256",
      description =
          "Names in a text, not for stories; lengths that are too short for so many are left out"
              + " (default: ${DEFAULT-VALUE}).")
  private List<Integer> keys;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "Questions for each task, number of names and length" + " (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--questions",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Of these, how many are about the names of one text, which is read once; each is answered"
              + " by itself (default: ${DEFAULT-VALUE}).")
  private int questions;

  @Option(
      names = "--seen-sentences",
      description =
          "Tell values and ask for them in the words of 'data tasks': what fails then is not for"
              + " the wording.")
  private boolean seenSentences;

  @Override
  public Integer call() throws IOException {
    BenchArguments.requireRange("--samples", samples, 100_000);
    BenchArguments.requireRange("--questions", questions, samples);
    for (int count : keys) {
      BenchArguments.requireRange("--keys", count, MOST_NAMES);
    }
    HaystackArguments.Read text = haystack.read();
    Split sentences = seenSentences ? Split.TRAINING : Split.HELD_OUT;
    SequencedMap<String, Task> chosen = new RecallTasks(text.haystack(), sentences, keys).of(tasks);
    SequencedMap<String, Object> material = new LinkedHashMap<>();
    material.put("haystack", text.name());
    material.put("seen_sentences", seenSentences);
    Needle.Options options =
        new Needle.Options(
            "recall", chosen, grid.lengths(), samples, questions, grid.seed(), material);
    return arguments.run(
        eval.main,
        (subject, batch) -> new Needle(subject.reader(batch), subject.tokenizer(), options));
  }
}
