package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.WeightType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The community's initial states become S as they are: rows are values, columns keys. */
class InitialStateFileTest {
  private static final int HEADS = 2;
  private static final int N = 16;
  private static final Config CONFIG = new Config(61, HEADS * N, N, 2, 1, 8, 3);
  private static RwkvX model;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    model = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 1), ModelOptions.defaults());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** S(row, column) of a head: numbers that all types hold. */
  private static float element(int block, int head, int row, int column) {
    return (block * 2 + head) * 16 + row + column / 16f - 20;
  }

  private Path write(DType type, int blocks, long... shape) {
    Path file = folder.resolve("initial.safetensors");
    List<TensorHeader> headers = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      headers.add(new TensorHeader("blocks." + i + ".att.time_state", type, shape));
    }
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, Map.of())) {
      for (int i = 0; i < blocks; i++) {
        float[] s = new float[HEADS * N * N];
        for (int at = 0; at < s.length; at++) {
          s[at] = element(i, at / (N * N), at / N % N, at % N);
        }
        writer.writeFloats(s, 0, s.length);
      }
      writer.commit();
    }
    return file;
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16"})
  void rowsAreValuesAndColumnsKeys(DType type) {
    Path file = write(type, 2, HEADS, N, N);
    State state = InitialStateFile.load(file, model, CacheOptions.exact());
    assertThat(state.position()).isZero();
    for (int block = 0; block < 2; block++) {
      for (int head = 0; head < HEADS; head++) {
        for (int row = 0; row < N; row++) {
          for (int column = 0; column < N; column++) {
            // Column by column, as the kernel has it.
            assertThat(state.wkv[block][(head * N + column) * N + row])
                .isEqualTo(element(block, head, row, column));
          }
        }
      }
    }
  }

  @Test
  void theModelReadsOn() {
    State tuned =
        InitialStateFile.load(write(DType.F32, 2, HEADS, N, N), model, CacheOptions.exact());
    float[] logits = new float[61];
    model.forward(new int[] {1, 2, 3}, 0, 3, tuned, logits);
    float[] plain = new float[61];
    model.forward(new int[] {1, 2, 3}, 0, 3, model.newState(), plain);
    assertThat(logits).isNotEqualTo(plain);
    assertThat(tuned.position()).isEqualTo(3);
  }

  @Test
  void otherFilesAreRefused() {
    refused(write(DType.F32, 1, HEADS, N, N), "'blocks.1.att.time_state' is missing");
    refused(write(DType.F32, 3, HEADS, N, N), "a larger model");
    refused(write(DType.F32, 2, 1, HEADS * N, N), "expected a floating type and [2, 16, 16]");
    refused(folder.resolve("absent.pth"), "absent.pth");
  }

  private static void refused(Path file, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> InitialStateFile.load(file, model, CacheOptions.exact()))
        .withMessageContaining(file.toString())
        .withMessageContaining(reason);
  }
}
