package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceCommandTest {
  @TempDir private Path folder;

  /** From the hub to the table: a model that nobody has pulled yet. */
  @Test
  void table2PullsTheModelAndStandsBesideThePaper() throws IOException {
    Path out = folder.resolve("out");
    try (LocalHub hub = new LocalHub()) {
      Path model = RandomModels.write(folder.resolve("one.safetensors"), 256, "byte");
      hub.files().put("one.safetensors", Files.readAllBytes(model));
      Rwkvx run =
          reproduce(
              "table2",
              "--model",
              "someone/a-model",
              "--mirror",
              hub.address(),
              "--cache",
              folder.resolve("cache"),
              "--samples",
              1,
              "--out",
              out);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.err()).contains("note: without --haystack S-NIAH-2 and -3");
      assertThat(run.out())
          .containsPattern("task +length +n +measured +paper: RWKV-7 0.19B +paper: RWKV-X 0.22B")
          .containsPattern("niah_single_3 +4096 +1 +0.0 \\(0.0-79.3\\) +27.6 +40.2 +99.8");
    }
    assertThat(folder.resolve("cache/someone/a-model/main/one.safetensors")).exists();
    Table table = Table.read(out.resolve("table2.csv"));
    assertThat(table.rows()).hasSize(12);
    assertThat(out.resolve("table2-with/items.jsonl")).exists();
  }

  @Test
  void table4ComparesTwoModels() throws IOException {
    Path model = RandomModels.write(folder.resolve("one.safetensors"), 256, "byte");
    Rwkvx run = reproduce("table4", "--model", model, "--without", model, "--samples", 1);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("n +measured with +n +measured without +paper: 3.6B with")
        .containsPattern("niah_single_2 +8192 +1 +0.0 .* +1 +0.0 .* +99.8 +67.0")
        .doesNotContain("niah_single_1");
  }

  @Test
  void table3ReadsTheFilesThatAreThere() throws IOException {
    Path model = RandomModels.write(folder.resolve("one.safetensors"), 256, "byte");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("lambada.jsonl"), "{\"text\": \"one two three\"}\n".repeat(3));
    String question = "{\"query\": \"one\", \"choices\": [\"a\", \"b\"], \"gold\": 1}\n";
    Files.writeString(data.resolve("piqa.jsonl"), question.repeat(5));
    Rwkvx some = reproduce("table3", "--model", model, "--data", data, "--samples", 4);
    assertThat(some.exitCode()).as(some.err()).isZero();
    assertThat(some.out())
        .containsPattern("lambada +3 ")
        .containsPattern("piqa acc +4 ")
        .containsPattern("average +51.8 +51.0")
        .doesNotContain("hellaswag");
    for (String task :
        List.of("hellaswag", "arc_easy", "arc_challenge", "winogrande", "sciq", "mmlu")) {
      Files.writeString(data.resolve(task + ".jsonl"), question);
    }
    assertThat(reproduce("table3", "--model", model, "--data", data).out())
        .containsPattern("hellaswag acc_norm +1 ")
        .containsPattern("average +14 +[0-9.]+ \\([0-9.]+-[0-9.]+\\) +51.8");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused("--without names the second model of table4", "table4", "--model", "m");
    assertRefused("--without names", "table2", "--model", "m", "--without", "n");
    assertRefused("table3 needs --data", "table3", "--model", "m");
    assertRefused("no known model and no repository", "table2", "--model", "nothing");
  }

  private static void assertRefused(String message, Object... arguments) {
    Rwkvx run = reproduce(arguments);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }

  private static Rwkvx reproduce(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("reproduce"));
    all.addAll(List.of(arguments));
    return Rwkvx.run(all.toArray());
  }
}
