package dev.rwkvx.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.training.data.TokenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest {
  @TempDir private Path folder;

  private Path data() throws IOException {
    Path texts = folder.resolve("texts.txt");
    Files.writeString(texts, "All work and no play.\n\n".repeat(30));
    Path prefix = folder.resolve("data");
    assertThat(
            Rwkvx.run(
                    "data",
                    "build",
                    "--input",
                    texts,
                    "--split-blank",
                    "--vocab",
                    "byte",
                    "--out",
                    prefix)
                .exitCode())
        .isZero();
    return prefix;
  }

  private static Rwkvx train(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("train"));
    all.addAll(List.of(arguments));
    return Rwkvx.run(all.toArray());
  }

  /** Across six chunks of 16 tokens, of which each token attends to two. */
  @ParameterizedTest
  @ValueSource(strings = {"prefill", "decode", "pieces:7"})
  void theFirstLossOfARunIsThatOfTheLogits(String schedule) throws IOException {
    int context = 101;
    Path model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path prefix = data();
    Path run = folder.resolve("run");
    Object[] training = {
      "pretrain",
      "--model",
      model,
      "--data",
      prefix,
      "--context",
      context,
      "--batch",
      1,
      "--steps",
      1,
      "--out",
      run
    };
    assertThat(train(training).err()).isEmpty();
    List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
    int column = List.of(metrics.getFirst().split(",")).indexOf("loss");
    double loss = Double.parseDouble(metrics.get(1).split(",")[column]);

    // The first sample of the cubic order begins with the first token.
    int[] tokens = new int[context + 1];
    try (TokenFile stream = TokenFile.open(prefix, 256)) {
      stream.read(0, tokens, 0, tokens.length);
    }
    Path out = folder.resolve("logits.safetensors");
    String ids = IntStream.range(0, context).mapToObj(i -> "" + tokens[i]).collect(joining(","));
    Object[] inference = {
      "logits", "--model", model, "--tokens", ids, "--schedule", schedule, "--out", out
    };
    assertThat(Rwkvx.run(inference).err()).isEmpty();
    try (Checkpoint logits = Checkpoint.open(out)) {
      assertThat(loss)
          .isCloseTo(meanLoss(logits.tensor("logits").toFloats(), tokens), within(2e-5));
    }
  }

  /** The mean cross-entropy of logits (T,256) for the tokens that follow. */
  private static double meanLoss(float[] logits, int[] tokens) {
    double sum = 0;
    for (int t = 0; t < tokens.length - 1; t++) {
      double total = 0;
      for (int id = 0; id < 256; id++) {
        total += Math.exp(logits[t * 256 + id]);
      }
      sum += Math.log(total) - logits[t * 256 + tokens[t + 1]];
    }
    return sum / (tokens.length - 1);
  }

  @Test
  void aRunLeavesAModelThatSpeaksAndCanBeRepeatedAndGoneOnWith() throws IOException {
    Path model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path out = folder.resolve("run");
    Rwkvx first =
        train(
            "pretrain",
            "--model",
            model,
            "--data",
            data(),
            "--context",
            20,
            "--batch",
            2,
            "--steps",
            5,
            "--lr",
            "1e-3",
            "--train",
            "*.att.*,*.ffn.*",
            "--freeze",
            "*.w0",
            "--log-every",
            2,
            "--out",
            out);

    assertThat(first.err()).isEmpty();
    assertThat(first.exitCode()).isZero();
    assertThat(first.out())
        .contains("5 steps of 40 tokens", "step 4/5, loss ", "model.safetensors is written");
    assertThat(out.resolve("loss.png")).isNotEmptyFile();
    assertThat(Files.readString(out.resolve("config.toml")))
        .contains("parameters.train = ['*.att.*', '*.ffn.*']", "schedule.lr = 0.001");
    Path trained = out.resolve("model.safetensors");
    Rwkvx generated = Rwkvx.run("generate", "--model", trained, "--max-tokens", 3, "All");
    assertThat(generated.exitCode()).isZero();

    Path again = folder.resolve("again");
    Rwkvx repeated = train("pretrain", "--config", out.resolve("config.toml"), "--out", again);
    assertThat(repeated.exitCode()).isZero();
    assertThat(again.resolve("model.safetensors")).hasSameBinaryContentAs(trained);
    assertThat(again.resolve("config.toml")).hasSameTextualContentAs(out.resolve("config.toml"));

    Rwkvx resumed = train("pretrain", "--resume", "--out", out);
    assertThat(resumed.exitCode()).isZero();
    assertThat(resumed.out()).contains("going on after step 5");

    Files.delete(out.resolve("metrics.csv"));
    Rwkvx withoutCurves = train("pretrain", "--resume", "--out", out);
    assertThat(withoutCurves.exitCode()).isZero();
    assertThat(withoutCurves.err())
        .contains("warning: ", "metrics.csv has 0 bytes")
        .hasLineCount(1);
  }

  @Test
  void resetsGoToSavedStates() throws IOException {
    Path model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path state = folder.resolve("old.state");
    Rwkvx saved =
        Rwkvx.run(
            "generate", "--model", model, "--max-tokens", 1, "--save-state", state, "All work");
    assertThat(saved.exitCode()).isZero();
    Path out = folder.resolve("run");
    String run = "pretrain --context 20 --batch 2 --steps 2 --reset-probability 1 --reset-least 2";
    List<Object> arguments = new ArrayList<>(List.of((Object[]) run.split(" ")));
    arguments.addAll(List.of("--model", model, "--data", data(), "--reset-most", 5, "--out", out));

    List<Object> wrong = new ArrayList<>(arguments);
    wrong.addAll(List.of("--reset-states", state + "," + model));
    assertRefused(
        train(wrong.toArray()),
        "model.safetensors is no state of this model: 'blocks.0.att.time_state' is missing");
    assertThat(out).doesNotExist();

    arguments.addAll(List.of("--reset-states", state));
    assertThat(train(arguments.toArray()).err()).isEmpty();
    assertThat(Files.readString(out.resolve("config.toml")))
        .contains("resets.states = ['" + state + "']");
    assertThat(train("pretrain", "--resume", "--out", out).exitCode()).isZero();
  }

  @Test
  void everyMistakeIsASentence() throws IOException {
    Path model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path out = folder.resolve("run");

    assertRefused(train("bake", "--out", out), "RECIPE");
    assertRefused(train("pretrain", "--out", out), "--model (model.file) or --shape");
    assertRefused(
        train("pretrain", "--model", model, "--data", "nothing", "--steps", 1, "--out", out),
        "nothing.bin: no such file");
    assertRefused(
        train("pretrain", "--model", model, "--data", data(), "--steps", 1, "--out", out),
        "a context of 1024 needs more than 3072");
    assertRefused(
        train("pretrain", "--model", model, "--data", data(), "--steps", "x", "--out", out),
        "--steps");
    assertRefused(train("sft", "--resume", "--out", out), "holds no run to go on with");
    assertRefused(
        train("pretrain", "--config", folder.resolve("no.toml"), "--out", out),
        "no.toml: no such file");
    assertRefused(
        train("pretrain", "--log-every", 0, "--out", out), "--log-every is 0; expected 1 or more");
    assertThat(out).doesNotExist();
  }

  private static void assertRefused(Rwkvx run, String reason) {
    assertThat(run.err()).contains(reason).hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(2);
  }
}
