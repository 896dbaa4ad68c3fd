package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvalAnswersCommandTest {
  @TempDir private Path folder;

  private Rwkvx answers(String lines) throws IOException {
    Path model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path data = Files.writeString(folder.resolve("data.jsonl"), lines);
    return Rwkvx.run("eval", "answers", "--model", model, "--data", data);
  }

  @Test
  void countsPromptsAndTokens() throws IOException {
    Rwkvx run = answers("{\"prompt\": \"12=\", \"completion\": \"21\"}\n".repeat(2));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("prompts                    2\n", " % of 4\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ``                                   | data.jsonl is empty; expected lines
          {"prompt": "x"}                      | data.jsonl, line 1: expected a string "completion"
          {"prompt": "", "completion": "x"}    | expected some text in "prompt"
          {"prompt": "x", "completion": ""}    | expected some text in "completion"
          nothing                              | line 1: expected a JSON object
          """)
  void namesWhatCannotBeUsed(String line, String message) throws IOException {
    Rwkvx run = answers(line);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message).hasLineCount(1);
  }
}
