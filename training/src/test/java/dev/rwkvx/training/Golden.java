package dev.rwkvx.training;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.Tensor;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;

/** The golden case {@code training}, computed with the official implementation. */
final class Golden implements AutoCloseable {
  static final int CHUNK_SIZE = 16;
  static final int TOP_K = 3;
  private static final int SEQUENCES = 2;
  private static final int LENGTH = 161;

  private final Checkpoint expected = Checkpoint.open(resource("expected.safetensors"));

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Golden.class.getResource("/golden/training/" + name), name)
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Parameters parameters() {
    return Parameters.load(
        resource("model.pth"), OptionalInt.of(CHUNK_SIZE), OptionalInt.of(TOP_K));
  }

  static Path model() {
    return resource("model.pth");
  }

  TokenBatch batch() {
    Tensor tokens = expected.tensor("tokens");
    int[][] sequences = new int[SEQUENCES][LENGTH];
    for (int i = 0; i < SEQUENCES * LENGTH; i++) {
      sequences[i / LENGTH][i % LENGTH] =
          (int) tokens.data().get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L);
    }
    return TokenBatch.of(sequences);
  }

  float[] floats(String name) {
    return expected.tensor(name).toFloats();
  }

  @Override
  public void close() {
    expected.close();
  }
}
