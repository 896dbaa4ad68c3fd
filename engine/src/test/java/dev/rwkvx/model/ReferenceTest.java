package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.math.WeightType;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The engine against the model written down in one file, {@code reference/Rwkvx.java}. */
class ReferenceTest {
  private static final Path SOURCE = Path.of("..", "reference", "Rwkvx.java");
  private static final int TOKENS = 40;

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0}+{1} blocks, chunks of {2}, top {3}, key width {4}")
  @CsvSource({"3, 0, 16, 3, 0", "4, 2, 5, 2, 0", "2, 1, 3, 4, 0", "2, 2, 4, 3, 3"})
  void logitsAgree(int rwkv, int sparse, int chunk, int topK, int keyWidth)
      throws ReflectiveOperationException, IOException {
    Config config = new Config(50, 32, 16, rwkv, sparse, chunk, topK).withKeyWidth(keyWidth);
    Path file = folder.resolve("model.safetensors");
    Conversion.run(
        RandomModel.create(config, WeightType.F32, 8),
        file,
        new Conversion.Target.Same(),
        Map.of());
    int[] tokens = new SplittableRandom(9).ints(TOKENS, 0, config.vocabulary()).toArray();
    try (URLClassLoader classes = compiled();
        RwkvX model = RwkvX.open(file, ModelOptions.defaults());
        State state = model.newState()) {
      Class<?> reference = classes.loadClass("Rwkvx");
      Constructor<?> open = reference.getDeclaredConstructor(Path.class);
      open.setAccessible(true);
      Object oracle = open.newInstance(file);
      Constructor<?> newState = classes.loadClass("Rwkvx$State").getDeclaredConstructor();
      newState.setAccessible(true);
      Object read = newState.newInstance();
      Method forward = reference.getDeclaredMethod("forward", int.class, read.getClass());
      forward.setAccessible(true);
      float[] logits = new float[config.vocabulary()];
      for (int t = 0; t < TOKENS; t++) {
        float[] expected = (float[]) forward.invoke(oracle, tokens[t], read);
        model.forward(tokens, t, t + 1, state, logits);
        for (int i = 0; i < logits.length; i++) {
          assertThat(logits[i]).as("token %d, id %d", t, i).isCloseTo(expected[i], within(2e-4f));
        }
      }
    }
  }

  private URLClassLoader compiled() throws IOException {
    String target = folder.resolve("classes").toString();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-d", target, SOURCE.toString());
    assertThat(status).isZero();
    return new URLClassLoader(new URL[] {Path.of(target).toUri().toURL()}, null);
  }
}
