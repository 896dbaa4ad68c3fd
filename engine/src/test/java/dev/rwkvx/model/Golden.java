package dev.rwkvx.model;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.Tensor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.IntStream;

/** The golden cases that lie in the test resources, computed with the official implementation. */
record Golden(Path model, Path expected, int chunkSize, int topK, int[] lengths) {
  static final Golden RWKV_X = golden("forward-f32", 32, 3, 1, 17, 80, 96, 97, 256);
  static final Golden RWKV_7 = golden("rwkv7-only", 32, 3, 1, 64);

  private static Golden golden(String name, int chunkSize, int topK, int... lengths) {
    return new Golden(
        resource("/golden/" + name + "/model.pth"),
        resource("/golden/" + name + "/expected.safetensors"),
        chunkSize,
        topK,
        lengths);
  }

  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(Golden.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  ModelOptions options() {
    return ModelOptions.defaults().withChunkSize(chunkSize).withTopK(topK);
  }

  int[] tokens(int length) {
    try (Checkpoint file = Checkpoint.open(expected)) {
      Tensor tokens = file.tensor("tokens." + length);
      return IntStream.range(0, length)
          .map(i ->
              (int) tokens.data().get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, i * 8L))
          .toArray();
    }
  }

  /** [T,V], row by row. */
  float[] logits(int length) {
    try (Checkpoint file = Checkpoint.open(expected)) {
      return file.tensor("logits." + length).toFloats();
    }
  }

  /** Reads all tokens in pieces of {@code piece}; gives the logits of every position. */
  static float[] run(RwkvX model, int[] tokens, int piece) {
    int v = model.config().vocabulary();
    float[] logits = new float[tokens.length * v];
    State state = model.newState();
    for (int at = 0; at < tokens.length; at += piece) {
      int start = at;
      model.forwardAll(
          tokens,
          at,
          Math.min(at + piece, tokens.length),
          state,
          (first, count, rows) ->
              System.arraycopy(rows, 0, logits, (start + first) * v, count * v));
    }
    return logits;
  }

  static float largestDifference(float[] a, float[] b) {
    float largest = 0f;
    for (int i = 0; i < a.length; i++) {
      float difference = Math.abs(a[i] - b[i]);
      if (!(difference <= largest)) {
        largest = difference;
      }
    }
    return largest;
  }
}
