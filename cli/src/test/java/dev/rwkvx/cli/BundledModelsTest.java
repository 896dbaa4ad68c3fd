package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What docs/results says of the models, at a length that takes seconds. */
class BundledModelsTest {
  @TempDir private Path folder;

  private double passkeys(String model, Object... ablation) throws IOException {
    Path out = folder.resolve("results" + ablation.length + model);
    List<Object> arguments = new ArrayList<>(List.of("eval", "passkey", "--held-out-keys"));
    arguments.addAll(List.of("--model", BundledModels.file(model), "--out", out));
    arguments.addAll(List.of("--lengths", "16K", "--depths", 5, "--samples", 2));
    arguments.addAll(List.of(ablation));
    Rwkvx run = Rwkvx.run(arguments.toArray());
    assertThat(run.exitCode()).as(run.err()).isZero();
    String summary = Files.readString(out.resolve("summary.json"));
    return new JsonMapper().readTree(summary).get("accuracy").doubleValue();
  }

  /** First answers, of questions about one of eight names in sentences like those of training. */
  private double names(Object... ablation) throws IOException {
    Path out = folder.resolve("names" + ablation.length);
    List<Object> arguments = new ArrayList<>(List.of("eval", "recall", "--seen-sentences"));
    arguments.addAll(
        List.of("--model", BundledModels.file("lookup-rwkv-x.safetensors"), "--out", out));
    arguments.addAll(List.of("--lengths", "2K", "--keys", 8, "--samples", 25, "--questions", 5));
    arguments.addAll(List.of(ablation));
    Rwkvx run = Rwkvx.run(arguments.toArray());
    assertThat(run.exitCode()).as(run.err()).isZero();
    String summary = Files.readString(out.resolve("summary.json"));
    return new JsonMapper().readTree(summary).get("first_exact").doubleValue();
  }

  @Test
  void theLookupModelTellsNamesApart() throws IOException {
    assertThat(names()).isGreaterThanOrEqualTo(0.6);
    assertThat(names("--zero-sparse")).isLessThan(0.2);
  }

  @Test
  void sparseBlocksFindPassKeysIn16KTokens() throws IOException {
    assertThat(passkeys(BundledModels.RWKV_X)).isGreaterThanOrEqualTo(0.9);
    assertThat(passkeys(BundledModels.RWKV_X, "--zero-sparse")).isLessThan(0.2);
    assertThat(passkeys("retrieval-base.safetensors")).isLessThan(0.5);
  }
}
