package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Blocks of quantised weights that llama.cpp wrote have the values that ggml gives, to the bit. */
final class BlockCodesTest {
  private static Checkpoint expected() throws URISyntaxException {
    String name = "/golden/gguf/expected.safetensors";
    return Checkpoint.open(
        Path.of(Objects.requireNonNull(BlockCodesTest.class.getResource(name)).toURI()));
  }

  @Test
  void weightsHaveTheBitsOfGgml() throws URISyntaxException {
    Set<DType> seen = EnumSet.noneOf(DType.class);
    try (Checkpoint file = expected()) {
      List<String> names = file.names().stream().filter(n -> n.startsWith("expected.")).toList();
      for (String name : names) {
        String stored = name.substring("expected.".length());
        DType type = DType.valueOf(stored.substring(0, stored.indexOf('.')));
        float[] values = file.tensor(name).toFloats();
        Tensor blocks =
            Tensor.of(stored, type, new long[] {values.length}, file.tensor(stored).data());
        assertThat(bits(blocks.toFloats())).as(stored).isEqualTo(bits(values));
        seen.add(type);
      }
    }
    EnumSet<DType> quantized = EnumSet.allOf(DType.class);
    quantized.removeIf(type -> !type.isQuantized());
    assertThat(seen).isEqualTo(quantized);
  }

  /** Also negative zeros count. */
  private static int[] bits(float[] values) {
    return IntStream.range(0, values.length).map(i -> Float.floatToRawIntBits(values[i])).toArray();
  }

  @Test
  void quantisedMatricesAreTurnedAsValues() throws URISyntaxException {
    try (Checkpoint file = expected()) {
      Tensor blocks = file.tensor("Q8_0.blk.0.time_mix_receptance.weight");
      TensorLayout layout = TensorLayout.contiguous(DType.Q8_0, new long[] {2, 256}, blocks.data());
      TensorLayout turned = layout.transposed();
      float[] rows = Tensor.of("x", DType.Q8_0, layout.shape(), layout.read()).toFloats();
      float[] columns = Tensor.of("x", turned.type(), turned.shape(), turned.read()).toFloats();
      assertThat(turned.shape()).containsExactly(256, 2);
      for (int i = 0; i < 256; i++) {
        assertThat(columns[2 * i]).isEqualTo(rows[i]);
        assertThat(columns[2 * i + 1]).isEqualTo(rows[256 + i]);
      }
    }
  }
}
