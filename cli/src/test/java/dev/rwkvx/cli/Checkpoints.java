package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Small checkpoints for tests. */
final class Checkpoints {
  private Checkpoints() {}

  /** One F32 vector {@code values} and one I64 vector {@code integers}. */
  static Path write(Path file, float[] values, long[] integers) {
    List<TensorHeader> headers =
        List.of(
            new TensorHeader("values", DType.F32, new long[] {values.length}),
            new TensorHeader("integers", DType.I64, new long[] {integers.length}));
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, Map.of())) {
      writer.writeFloats(values, 0, values.length);
      MemorySegment bytes = MemorySegment.ofArray(new byte[integers.length * Long.BYTES]);
      writer.write(bytes.copyFrom(MemorySegment.ofArray(integers)));
      writer.commit();
    }
    return file;
  }

  /** The tensors that tell the sizes of an RWKV-X model with 2 + 1 blocks, all zero. */
  static Path writeHybrid(Path file, Map<String, String> metadata) {
    List<TensorHeader> headers =
        List.of(
            tensor("rwkv.emb.weight", 300, 64),
            tensor("rwkv.blocks.0.ln1.weight", 64),
            tensor("rwkv.blocks.0.att.r_k", 2, 32),
            tensor("rwkv.blocks.0.att.w1", 64, 8),
            tensor("rwkv.blocks.0.att.a1", 64, 9),
            tensor("rwkv.blocks.0.att.g1", 64, 11),
            tensor("rwkv.blocks.0.ffn.key.weight", 256, 64),
            tensor("rwkv.blocks.1.ln1.weight", 64),
            tensor("rwkv.blocks.1.att.v1", 64, 10),
            tensor("moba.0.ln1.weight", 64));
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, metadata)) {
      for (TensorHeader header : headers) {
        writer.write(MemorySegment.ofArray(new byte[(int) header.byteSize()]));
      }
      writer.commit();
    }
    return file;
  }

  /** Sum of the products of the shapes of {@link #writeHybrid}. */
  static long hybridParameters() {
    long[][] shapes = {
      {300, 64}, {64}, {2, 32}, {64, 8}, {64, 9}, {64, 11}, {256, 64}, {64}, {64, 10}, {64}
    };
    return Arrays.stream(shapes)
        .mapToLong(shape -> LongStream.of(shape).reduce(1, (a, b) -> a * b))
        .sum();
  }

  private static TensorHeader tensor(String name, long... shape) {
    return new TensorHeader(name, DType.BF16, shape);
  }
}
