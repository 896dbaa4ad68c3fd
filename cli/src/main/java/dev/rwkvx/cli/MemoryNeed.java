package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.LoadedType;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.PackedTensor;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a process that runs a model will hold in memory, told from shapes alone.
 *
 * @param matrices bytes of the matrices as the kernels read them, by type
 * @param embedding bytes of the embedding, of which only the rows in use are read
 * @param vectors bytes of norms, mixes and the like
 */
record MemoryNeed(Config config, Map<WeightType, Long> matrices, long embedding, long vectors) {
  /** The JVM with its compiled code, its young objects and the buffers of a pass of 512 tokens. */
  static final long JVM = 200L << 20;

  private static final Pattern INPUTS_FIRST = Pattern.compile(".*att\\.[wavg][12]");

  static MemoryNeed of(Checkpoint checkpoint, Config config) {
    Map<WeightType, Long> matrices = new TreeMap<>();
    long embedding = 0;
    long vectors = 0;
    String prefix = ModelShape.prefix(checkpoint);
    for (String name : checkpoint.names()) {
      TensorHeader header = new TensorHeader(name, checkpoint.type(name), checkpoint.shape(name));
      Optional<PackedTensor> packed = PackedTensor.of(checkpoint, name);
      if (name.equals(prefix + "emb.weight")) {
        embedding += header.byteSize();
      } else if (packed.isPresent()) {
        matrices.merge(packed.get().type(), header.byteSize(), Long::sum);
      } else if (isVector(header, config)) {
        vectors += (long) config.embedding() * Float.BYTES;
      } else if (header.shape().length == 2 && !isUnused(name, prefix)) {
        boolean turned = INPUTS_FIRST.matcher(name).matches();
        int outputs = Math.toIntExact(header.shape()[turned ? 1 : 0]);
        int inputs = Math.toIntExact(header.shape()[turned ? 0 : 1]);
        WeightType type = type(header.type());
        matrices.merge(type, Matrix.byteSize(outputs, inputs, type), Long::sum);
      }
    }
    return new MemoryNeed(config, matrices, embedding, vectors);
  }

  private static boolean isVector(TensorHeader header, Config config) {
    long elements = 1;
    for (long size : header.shape()) {
      elements *= size;
    }
    return elements == config.embedding();
  }

  /** Block 0 makes the first values; some files carry its unused residual weights. */
  private static boolean isUnused(String name, String prefix) {
    return name.startsWith(prefix + "blocks.0.att.v") && name.matches(".*att\\.v\\d");
  }

  private static WeightType type(DType type) {
    return LoadedType.of(type).map(LoadedType::type).orElse(WeightType.F32);
  }

  long matrixBytes() {
    return matrices.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Matrices, embedding and vectors. */
  long weights() {
    return matrixBytes() + embedding + vectors;
  }

  /** The recurrent part of a state: the same at every position. */
  long recurrentState() {
    long c = config.embedding();
    long rwkv = config.rwkvBlocks() * (2 * c + c * config.headSize());
    return (rwkv + config.sparseBlocks() * c) * Float.BYTES;
  }

  /** Keys and values after {@code context} tokens, in memory or in the file they spill to. */
  long cache(long context, CacheOptions options) {
    return options.bytes(config, context);
  }
}
