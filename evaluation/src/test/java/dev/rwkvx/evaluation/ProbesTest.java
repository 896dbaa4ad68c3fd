package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.training.probes.Probe;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private static final List<Probe> ALL = List.of(Probe.values());

  private static Report run(PromptReader reader, List<Probe> probes, int... sizes) {
    List<Integer> list = Arrays.stream(sizes).boxed().toList();
    return new Probes(reader, Models.BYTES, new Probes.Options(probes, list, 6, 3, 1))
        .run(Journal.inMemory(), EvaluationListener.NONE);
  }

  private static List<String> accuracies(Report report) {
    return report.table().rows().stream().map(row -> row.get(3)).toList();
  }

  @Test
  void onlyWholeAnswersAreRight() {
    Function<Prompt, String> right = p -> ((Question) p).expected().getFirst();
    Report good = run(new Scripted(right), ALL, 3, 40);
    assertThat(accuracies(good)).hasSize(8).containsOnly("1.0000");
    assertThat(good.table().rows()).allMatch(row -> row.get(6).equals("1.0000"));
    Report wrong = run(new Scripted(p -> right.apply(p).replaceAll("\\w$", "x")), ALL, 3, 40);
    assertThat(accuracies(wrong)).hasSize(8).containsOnly("0.0000");
    assertThat(wrong.table().rows()).allMatch(row -> row.get(6).equals("0.0000"));
  }

  @Test
  void questionsAboutTheSamePairsShareThem() {
    Scripted reader = new Scripted(_ -> "");
    run(reader, List.of(Probe.MQAR), 2, 40);
    assertThat(reader.read()).hasSize(12).doesNotHaveDuplicates();
    Stream<String> pairs = reader.read().stream().map(text -> text.substring(0, text.length() - 6));
    // Two pairs can be asked for twice: 4 sequences for 6 questions; of 40 pairs, 2 sequences.
    assertThat(pairs.distinct()).hasSize(4 + 2);
  }
}
