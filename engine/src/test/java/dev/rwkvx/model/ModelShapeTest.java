package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelShapeTest {
  @TempDir private Path folder;

  @Test
  void impossibleSizesNameTheFile() {
    Path file = folder.resolve("m.safetensors");
    List<TensorHeader> tensors =
        List.of(
            new TensorHeader("emb.weight", DType.F32, new long[] {1, 64}),
            new TensorHeader("blocks.0.att.r_k", DType.F32, new long[] {2, 32}));
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, Map.of())) {
      writer.writeFloats(new float[64], 0, 64);
      writer.writeFloats(new float[64], 0, 64);
      writer.commit();
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty()))
          .withMessage(file + ": Impossible model: empty model");
    }
  }
}
