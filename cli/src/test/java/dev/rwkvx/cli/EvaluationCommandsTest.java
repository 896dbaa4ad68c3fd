package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The evaluations that keep their results in a folder. */
class EvaluationCommandsTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() {
    model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
  }

  private Rwkvx run(String command, Object... more) {
    List<Object> arguments = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    arguments.addAll(List.of("--model", model));
    arguments.addAll(List.of(more));
    return Rwkvx.run(arguments.toArray());
  }

  private void isDone(Rwkvx run) {
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  private static List<String> column(Path folder, String name) {
    Table table = Table.read(folder.resolve("results.csv"));
    int at = table.columns().indexOf(name);
    return table.rows().stream().map(row -> row.get(at)).toList();
  }

  @Test
  void passkeysAreDrawnForModelsSideBySide() {
    String command = "eval passkey --lengths 400,600 --depths 3 --samples 2 --seed 1";
    Path whole = folder.resolve("whole");
    Path reset = folder.resolve("reset");
    Path zeroed = folder.resolve("zeroed");
    Rwkvx first = run(command, "--out", whole);
    isDone(first);
    assertThat(first.out()).containsPattern("(?m)^600 +(0 % \\(0-66\\) +){3}0 % \\(0-39\\)$");
    isDone(run(command + " --wkv-reset 64 --kv-cache bounded --kv-cache-max 200", "--out", reset));
    isDone(run(command + " --zero-sparse --batch 2", "--out", zeroed));
    assertThat(column(whole, "length")).containsExactly("400", "400", "400", "600", "600", "600");
    assertThat(column(whole, "depth_percent")).startsWith("0", "50", "100");
    assertThat(whole.resolve("results.png")).isNotEmptyFile();
    assertThat(whole.resolve("summary.json"))
        .content()
        .contains("\"accuracy\" : 0.0", "\"seed\" : 1");
    Path picture = folder.resolve("both.svg");
    Rwkvx plot =
        Rwkvx.run(
            "plot",
            "--x",
            "length",
            "--y",
            "depth_percent",
            "--heat",
            "accuracy",
            "--out",
            picture,
            whole.resolve("results.csv"),
            reset.resolve("results.csv"));
    isDone(plot);
    assertThat(picture).content().contains("whole", "reset");
  }

  @Test
  void rightAnswersOfAModelCount() throws IOException {
    String command = "eval passkey --lengths 400 --depths 1 --samples 4";
    Path out = folder.resolve("out");
    isDone(run(command, "--out", out));
    Path items = out.resolve("items.jsonl");
    String right = "\"expected\":\\[\"(\\d+)\"],\"answer\":\"(?:[^\"\\\\]|\\\\.)*\",\"score\":0.0";
    String lines = Files.readString(items);
    for (int answered = 0; answered <= 4; answered += 2) {
      for (int i = 0; i < Math.min(2, answered); i++) {
        lines = lines.replaceFirst(right, "\"expected\":[\"$1\"],\"answer\":\" $1\",\"score\":1.0");
      }
      Files.writeString(items, lines);
      Rwkvx again = run(command, "--out", out);
      isDone(again);
      String percent = "%d %%".formatted(25 * answered);
      assertThat(again.out())
          .containsPattern("(?m)^400 +" + percent + " \\(\\d+-\\d+\\) +" + percent);
      assertThat(column(out, "first_exact")).containsExactly("%.4f".formatted(answered / 4.0));
    }
  }

  @Test
  void namesAreAskedForInKindsAndNumbers() {
    Path out = folder.resolve("out");
    isDone(
        run(
            "eval recall --keys 1,20 --tasks pairs,uuids --lengths 3K --samples 4"
                + " --questions 2",
            "--out",
            out));
    assertThat(column(out, "task")).containsExactly("pairs/1", "pairs/20", "uuids/1", "uuids/20");
    for (String picture : List.of("results", "curves", "first_exact", "first_exact_curves")) {
      assertThat(out.resolve(picture + ".png")).isNotEmptyFile();
    }
  }

  @Test
  void storiesAndProbesAreAskedForByName() {
    Path out = folder.resolve("out");
    isDone(run("eval recall --tasks babilong --lengths 3K --samples 1", "--out", out));
    assertThat(column(out, "task")).containsExactly("qa1", "qa2", "qa3", "qa4", "qa5");
    Path probes = folder.resolve("probes");
    isDone(run("eval probe --tasks mqar,parity --sizes 2..4 --samples 3", "--out", probes));
    assertThat(column(probes, "size")).containsExactly("2", "4", "2", "4");
    assertThat(probes.resolve("curves.svg")).isNotEmptyFile();
  }

  @Test
  void aRunGoesOnAndIsNotMixedWithAnother() throws IOException {
    Path out = folder.resolve("out");
    String command = "eval passkey --lengths 400 --depths 1 --samples 2";
    Rwkvx first = run(command, "--out", out);
    List<String> items = Files.readAllLines(out.resolve("items.jsonl"));
    assertThat(items).hasSize(3);
    Files.write(out.resolve("items.jsonl"), items.subList(0, 2));
    Rwkvx second = run(command + " --threads 1 --batch 1", "--out", out);
    isDone(second);
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(Files.readAllLines(out.resolve("items.jsonl"))).isEqualTo(items);
    for (String other : List.of(" --seed 2", " --zero-sparse", " --kv-cache-type bf16")) {
      Rwkvx refused = run(command + other, "--out", out);
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.err()).contains("holds the results of another run").hasLineCount(1);
    }
  }

  @Test
  void needlesAreHiddenInTextsOfTheUser() throws IOException {
    Path essay = Files.writeString(folder.resolve("essay.txt"), "It rained. ".repeat(50));
    Path out = folder.resolve("out");
    String command = "eval needle --tasks niah_single_2,niah_multikey --keys 9 --samples 1";
    isDone(run(command + " --lengths 1K..2K", "--haystack", essay, "--out", out));
    assertThat(column(out, "task"))
        .containsExactly("niah_single_2", "niah_single_2", "niah_multikey", "niah_multikey");
    assertThat(column(out, "length")).containsExactly("1024", "2048", "1024", "2048");
    Rwkvx noise = run(command + " --lengths 1K");
    assertThat(noise.exitCode()).isZero();
    assertThat(noise.err()).startsWith("note: without --haystack").hasLineCount(1);
  }

  @Test
  void likelihoodsAndLossesHaveATableEach() throws IOException {
    Path data = folder.resolve("data.jsonl");
    Files.writeString(
        data,
        "{\"text\": \"The sky is blue\", \"query\": \"x\", \"choices\": [\"a\", \"b\"], \"gold\":"
            + " 0}\n");
    Path out = folder.resolve("out");
    isDone(run("eval lambada", "--data", data, "--out", out.resolve("lambada")));
    assertThat(column(out.resolve("lambada"), "word")).containsExactly("blue");
    isDone(run("eval choice", "--data", data, "--out", out.resolve("choice")));
    assertThat(column(out.resolve("choice"), "gold")).containsExactly("1");
    Path text = Files.writeString(folder.resolve("text.txt"), "The grass is green. ".repeat(20));
    Rwkvx loss =
        run("eval longloss --context 256", "--text", text, data, "--out", out.resolve("loss"));
    isDone(loss);
    assertThat(column(out.resolve("loss"), "to")).containsExactly("64", "128", "256");
    assertThat(out.resolve("loss").resolve("results.svg")).isNotEmptyFile();
    Rwkvx perplexity = run("eval ppl --context 100", "--text", text, "--out", out.resolve("ppl"));
    isDone(perplexity);
    assertThat(perplexity.out()).containsPattern("(?m)^399 +399 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          eval passkey --lengths 10                      | A passkey prompt without filler has more than 10 tokens
          eval passkey --lengths 2K..1K                  | '2K..1K': expected numbers of tokens
          eval passkey --lengths 1K..4K+0                | expected numbers of tokens
          eval passkey --lengths 0                       | expected numbers of tokens
          eval passkey --depths 0                        | --depths is 0; expected 1 to 101
          eval passkey --samples 0                       | --samples is 0
          eval passkey --batch 0                         | --batch is 0; expected 1 to 1024
          eval passkey --wkv-reset -1                    | '-1': expected a number of tokens
          eval passkey --out pom.xml --lengths 1K        | pom.xml: is a file; expected a folder
          eval needle --tasks niah                       | --tasks has 'niah'; expected some of niah_single_1
          eval needle --haystack missing.txt             | missing.txt: no such file
          eval needle --keys 0                           | --keys is 0; expected 1 to 2000
          eval recall --keys 4,0                   | --keys is 0; expected 1 to 2048
          eval recall --tasks dates                      | --tasks has 'dates'; expected some of numbers
          eval probe                                     | missing required option: '--tasks=LIST
          eval probe --tasks mqar --sizes 2K             | --sizes is 2048; expected 1 to 1024
          eval probe --tasks sums                        | expected one of
          eval recall --samples 5 --questions 6    | --questions is 6; expected 1 to 5
          eval recall --keys 64 --lengths 300      | numbers/64 needs more than 300 tokens
          eval needle --tasks cwe --lengths 1K           | the task cwe needs more than 1024 tokens
          eval lambada --data missing.jsonl              | missing.jsonl: no such file
          eval choice --data pom.xml                     | pom.xml, line 1: expected a JSON object
          eval longloss --text missing.txt               | missing.txt: no such file
          eval ppl --text pom.xml                        | pom.xml: expected a file that ends with .txt
          eval ppl                                       | missing required option: '--text=FILE
          """)
  void badOptionsGetOneSentence(String line, String message) {
    Rwkvx run = run(line);
    assertThat(run.err()).contains(message).hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
  }
}
