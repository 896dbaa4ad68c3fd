package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
