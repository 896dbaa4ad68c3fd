package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
  private static final String ADAPTED = "rwkv.blocks.1.att.key.weight";

  @TempDir private Path folder;
  private Path base;
  private Path adapters;
  private Path out;

  @BeforeEach
  void write() {
    base = folder.resolve("base.safetensors");
    adapters = folder.resolve("adapters.safetensors");
    out = folder.resolve("out.safetensors");
    assertThat(
            Rwkvx.run(
                    "init",
                    "--shape",
                    "L2+1xC64",
                    "--vocab",
                    "byte",
                    "--type",
                    "bf16",
                    "--out",
                    base)
                .exitCode())
        .isZero();
    Parameters model = Parameters.load(base, OptionalInt.empty(), OptionalInt.empty());
    Parameters adapted = Adapters.add(model, 2, 4, ADAPTED::equals, 1);
    // B = 0.5: a row of B A is half the sum of A's two rows; alpha / rank is 2.
    Arrays.fill(adapted.get(ADAPTED + ".lora_B").values(), 0.5f);
    Adapters.save(adapted, adapters, DType.F32);
  }

  @Test
  void mergesWhatWasAdaptedAndKeepsTheRest() {
    assertThat(Rwkvx.run("info", adapters).out()).contains("low-rank adapters of 1 matrices");
    Rwkvx run = Rwkvx.run("merge", base, adapters, out, "--type", "f32");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    try (Checkpoint before = Checkpoint.open(base);
        Checkpoint added = Checkpoint.open(adapters);
        Checkpoint after = Checkpoint.open(out)) {
      assertThat(after.names()).containsExactlyElementsOf(before.names());
      assertThat(after.metadata()).isEqualTo(before.metadata());
      for (String name : before.names()) {
        float[] expected = before.tensor(name).toFloats();
        if (name.equals(ADAPTED)) {
          float[] a = added.tensor(ADAPTED + ".lora_A").toFloats();
          for (int i = 0; i < expected.length; i++) {
            expected[i] += a[i % 64] + a[64 + i % 64];
          }
        }
        assertThat(after.tensor(name).toFloats()).as(name).containsExactly(expected, within(1e-6f));
      }
    }
    assertThat(Rwkvx.run("merge", base, adapters, folder.resolve("out.pth")).exitCode()).isZero();
    try (Checkpoint torch = Checkpoint.open(folder.resolve("out.pth"))) {
      assertThat(torch.type(ADAPTED)).isEqualTo(DType.BF16);
    }
  }

  @Test
  void wrongFilesAreRefused() throws IOException {
    assertRefused("was trained beside other weights", other(), adapters, out);
    assertRefused("which is no adapter", base, base, out);
    assertRefused("part of the input", base, adapters, adapters);
    assertRefused("missing.safetensors", base, folder.resolve("missing.safetensors"), out);
    Files.write(adapters, new byte[30]);
    assertRefused("adapters.safetensors", base, adapters, out);
    assertThat(out).doesNotExist();
  }

  private Path other() {
    Path other = folder.resolve("other.safetensors");
    Rwkvx.run("init", "--shape", "L2+1xC64", "--vocab", "byte", "--seed", "2", "--out", other);
    return other;
  }

  private static void assertRefused(String reason, Path... files) {
    Rwkvx run = Rwkvx.run("merge", files[0], files[1], files[2]);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("rwkvx merge: ").contains(reason).hasLineCount(1);
  }
}
