package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flipped bit in a model or a state is found before anything is computed with it. */
class DamagedFilesTest {
  private static final int FLIPS = 150;

  /** Without the beginning, where a bit may make no difference: the name and case of the sums. */
  private static final int PREFIX = 49;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("file.safetensors");
  }

  private void write(Conversion.Target target) {
    Config config = new Config(96, 64, 32, 2, 1, 8, 2);
    try (Checkpoint model = RandomModel.create(config, WeightType.F32, 3)) {
      Conversion.run(model, file, target, Map.of());
    }
  }

  @Test
  void models() throws IOException {
    write(new Conversion.Target.Same());
    everyFlipIsRefused(() -> RwkvX.open(file, ModelOptions.defaults()).close());
  }

  /** Their matrices are used where they are mapped. */
  @Test
  void quantisedModels() throws IOException {
    write(new Conversion.Target.Quantized(WeightType.Q8, WeightType.Q4));
    everyFlipIsRefused(() -> RwkvX.open(file, ModelOptions.defaults()).close());
  }

  @Test
  void states() throws IOException {
    write(new Conversion.Target.Same());
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults());
        State state = model.newState()) {
      int[] tokens = new Random(1).ints(40, 0, 96).toArray();
      model.forward(tokens, 0, tokens.length, state, new float[96]);
      file = folder.resolve("saved.state");
      StateFile.save(state, model, file);
      everyFlipIsRefused(() -> StateFile.load(file, model).close());
    }
  }

  private void everyFlipIsRefused(Runnable use) throws IOException {
    use.run();
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(22);
    for (int i = 0; i < FLIPS; i++) {
      int place = PREFIX + random.nextInt((i % 2 == 0 ? 2000 : whole.length) - PREFIX);
      byte[] flipped = whole.clone();
      flipped[place] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      assertThatThrownBy(use::run)
          .as("byte %d", place)
          .isInstanceOf(InputException.class)
          .hasMessageContaining(file.toString());
    }
    Files.write(file, whole);
    use.run();
    assertThat(file).hasBinaryContent(whole);
  }
}
