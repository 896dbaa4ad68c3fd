package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real, trained RWKV-7 gives its published logits and continuation, under whatever names. */
class TinyModelTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/tiny-rwkv7/model.pth",
        "golden/hf-fla/tiny-rwkv7",
        "golden/hf-fla/tiny-rwkv7/model.safetensors",
        "golden/hf-fla/tiny-rwkv7-sharded",
        "golden/hf-fla/tiny-rwkv7-legacy",
        "golden/hf-transformers/tiny-rwkv7",
        "golden/hf-transformers/tiny-rwkv7-sharded/model.safetensors.index.json"
      })
  void givesThePublishedLogitsAndContinuation(String name) throws IOException {
    Path file = SharedFiles.path(name);
    String expected = Files.readString(SharedFiles.path("models/tiny-rwkv7/expected.json"));
    int[] prompt = Stream.of(list(expected, "prompt_bytes")).mapToInt(Integer::parseInt).toArray();
    float[] published = floats(list(expected, "logits"));
    int[] greedy = Stream.of(list(expected, "greedy_bytes")).mapToInt(Integer::parseInt).toArray();
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      State state = model.newState();
      float[] logits = new float[model.config().vocabulary()];
      model.forward(prompt, 0, prompt.length, state, logits);
      assertThat(Golden.largestDifference(logits, published)).isLessThan(1e-5f);
      int[] continuation = new int[greedy.length];
      for (int i = 0; i < greedy.length; i++) {
        continuation[i] = largest(logits);
        model.forward(continuation, i, i + 1, state, logits);
      }
      assertThat(continuation).isEqualTo(greedy);
    }
  }

  private static String[] list(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\": \\[([^\\]]*)\\]").matcher(json);
    assertThat(matcher.find()).as(name).isTrue();
    return matcher.group(1).split(", ");
  }

  private static float[] floats(String[] numbers) {
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(numbers[i]);
    }
    return values;
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
