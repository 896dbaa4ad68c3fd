package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Packing;
import dev.rwkvx.math.Packing.Order;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.math.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads weights by name out of a checkpoint under the official names. All sizes come from the
 * shapes, and every shape is checked before anything is computed with it.
 */
final class WeightsLoader {
  private final Checkpoint checkpoint;
  private final Config config;
  private final Arena arena;
  private final Workers workers;
  private final String prefix;
  private int largestHidden;
  private int largestLowRank = 1;

  private WeightsLoader(Checkpoint checkpoint, Config config, Arena arena, Workers workers) {
    this.checkpoint = checkpoint;
    this.config = config;
    this.arena = arena;
    this.workers = workers;
    prefix = ModelShape.prefix(checkpoint);
  }

  static Weights load(Checkpoint checkpoint, Config config, Arena arena, Workers workers) {
    return new WeightsLoader(checkpoint, config, arena, workers).load();
  }

  private Weights load() {
    requireMerged();
    int vocabulary = config.vocabulary();
    int c = config.embedding();
    Tensor embedding = tensor(prefix + "emb.weight", vocabulary, c);
    requireWeights(embedding);
    LayerNorm inputNorm = norm(prefix + "blocks.0.ln0");
    List<Block> blocks = new ArrayList<>();
    for (Config.Slot slot : config.stack()) {
      blocks.add(
          switch (slot) {
            case Config.Slot.Rwkv rwkv -> rwkvBlock(rwkv.index());
            case Config.Slot.Sparse sparse -> sparseBlock(sparse.index());
          });
    }
    LayerNorm outputNorm = norm(prefix + "ln_out");
    Matrix head = matrix(prefix + "head.weight", vocabulary, c);
    return new Weights(
        config,
        embedding,
        inputNorm,
        List.copyOf(blocks),
        outputNorm,
        head,
        largestHidden,
        largestLowRank);
  }

  /** Computing without adapters would be another model in silence. */
  private void requireMerged() {
    for (String name : checkpoint.names()) {
      if (name.endsWith(".lora_A") || name.endsWith(".lora_B")) {
        throw new InputException(
            checkpoint.path()
                + ": has adapters that are not merged, such as '"
                + name
                + "'; expected a model without or the output of 'rwkvx merge'");
      }
    }
  }

  private Block rwkvBlock(int i) {
    String block = prefix + "blocks." + i + ".";
    return new Block.Rwkv(
        norm(block + "ln1"), timeMix(i, block + "att."), norm(block + "ln2"), channelMix(i, block));
  }

  private Block sparseBlock(int j) {
    String block = "moba." + j + ".";
    int c = config.embedding();
    String att = block + "att.";
    SparseAttention attention =
        new SparseAttention(
            j,
            matrix(att + "receptance.weight", c, c),
            matrix(att + "key.weight", c, c),
            keyConvolution(j),
            matrix(att + "value.weight", c, c),
            matrix(att + "output.weight", c, c));
    return new Block.Sparse(
        norm(block + "ln1"),
        attention,
        norm(block + "ln2"),
        channelMix(config.rwkvBlocks() + j, block));
  }

  private @Nullable KeyConvolution keyConvolution(int j) {
    int width = config.keyWidth();
    if (width == 0) {
      return null;
    }
    Tensor c = tensor(KeyConvolution.name(j), width, config.embedding());
    return new KeyConvolution(width, c.toFloats());
  }

  private TimeMix timeMix(int i, String att) {
    int c = config.embedding();
    return new TimeMix(
        i,
        shifts(att),
        matrix(att + "receptance.weight", c, c),
        matrix(att + "key.weight", c, c),
        matrix(att + "value.weight", c, c),
        matrix(att + "output.weight", c, c),
        lowRank(att, "w"),
        lowRank(att, "a"),
        // Block 0 makes the first values; some files carry its unused residual weights.
        i == 0 ? null : lowRank(att, "v"),
        new TimeMix.Gate(down(att + "g1"), up(att + "g2", att + "g1")),
        vector(att + "k_k"),
        vector(att + "k_a"),
        vector(att + "r_k"),
        norm(att + "ln_x"));
  }

  /** x_r x_w x_k x_v x_a x_g. [6,C] */
  private float[] shifts(String att) {
    int c = config.embedding();
    float[] shifts = new float[Kernels.MIXES * c];
    int at = 0;
    for (String name : List.of("x_r", "x_w", "x_k", "x_v", "x_a", "x_g")) {
      System.arraycopy(vector(att + name), 0, shifts, at, c);
      at += c;
    }
    return shifts;
  }

  private TimeMix.LowRank lowRank(String att, String name) {
    return new TimeMix.LowRank(
        vector(att + name + "0"), down(att + name + "1"), up(att + name + "2", att + name + "1"));
  }

  private ChannelMix channelMix(int slot, String block) {
    int c = config.embedding();
    String key = block + "ffn.key.weight";
    int hidden =
        PackedTensor.of(checkpoint, key)
            .map(PackedTensor::outputs)
            .orElseGet(() -> dimension(key, 0));
    largestHidden = Math.max(largestHidden, hidden);
    return new ChannelMix(
        slot,
        vector(block + "ffn.x_k"),
        matrix(key, hidden, c),
        matrix(block + "ffn.value.weight", c, hidden));
  }

  // --- tensors -------------------------------------------------------------------------------

  private LayerNorm norm(String name) {
    return new LayerNorm(vector(name + ".weight"), vector(name + ".bias"));
  }

  /** C elements, whatever dimensions of size 1 stand around them; r_k is [H,N]. */
  private float[] vector(String name) {
    Tensor tensor = checkpoint.tensor(name);
    if (tensor.elements() != config.embedding()) {
      throw wrongShape(tensor, config.embedding());
    }
    return tensor.toFloats();
  }

  /** [out, in]. */
  private Matrix matrix(String name, int outputs, int inputs) {
    Optional<PackedTensor> packed = PackedTensor.of(checkpoint, name);
    if (packed.isPresent()) {
      if (packed.get().outputs() != outputs || packed.get().inputs() != inputs) {
        throw new InputException(
            checkpoint.path()
                + ": packed tensor '"
                + name
                + "' is "
                + packed.get().value()
                + ": expected sizes "
                + outputs
                + " and "
                + inputs);
      }
      return packed.get().matrix(checkpoint, name);
    }
    Tensor tensor = tensor(name, outputs, inputs);
    return tensor.type().isQuantized()
        ? BlockPacking.pack(tensor, outputs, inputs, arena, workers)
        : pack(tensor, Order.OUTPUTS_FIRST, outputs, inputs);
  }

  /** The first half [C,D] of a low-rank pair. */
  private Matrix down(String name) {
    int rank = dimension(name, 1);
    largestLowRank = Math.max(largestLowRank, rank);
    int c = config.embedding();
    return pack(tensor(name, c, rank), Order.INPUTS_FIRST, rank, c);
  }

  /** The second half [D,C] of a low-rank pair whose first half is {@code first}. */
  private Matrix up(String name, String first) {
    int rank = dimension(first, 1);
    int c = config.embedding();
    return pack(tensor(name, rank, c), Order.INPUTS_FIRST, c, rank);
  }

  private Matrix pack(Tensor tensor, Order order, int outputs, int inputs) {
    WeightType type = requireWeights(tensor);
    if (type == WeightType.F16) {
      requireFinite(tensor);
    }
    return Packing.pack(tensor.data(), type, order, outputs, inputs, arena, workers);
  }

  private WeightType requireWeights(Tensor tensor) {
    return LoadedType.of(tensor.type())
        .orElseThrow(() ->
            new InputException(
                checkpoint.path()
                    + ": "
                    + tensor
                    + " has the wrong type: expected F32, BF16 or F16, or one of GGUF"))
        .type();
  }

  /** The kernels widen finite binary16 only. */
  private void requireFinite(Tensor tensor) {
    MemorySegment data = tensor.data();
    for (long i = 0; i < tensor.elements(); i++) {
      short bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2);
      if ((bits & 0x7c00) == 0x7c00) {
        throw new InputException(
            checkpoint.path()
                + ": "
                + tensor
                + " holds an infinite or undefined number at element "
                + i
                + ": expected finite F16 weights");
      }
    }
  }

  private Tensor tensor(String name, long... shape) {
    Tensor tensor = checkpoint.tensor(name);
    if (!Arrays.equals(squeeze(tensor.shape()), squeeze(shape))) {
      throw wrongShape(tensor, shape);
    }
    return tensor;
  }

  private static long[] squeeze(long[] shape) {
    return LongStream.of(shape).filter(d -> d != 1).toArray();
  }

  private int dimension(String name, int index) {
    long[] shape = checkpoint.shape(name);
    if (shape.length != 2 || shape[index] < 1 || shape[index] > ModelShape.LARGEST_DIMENSION) {
      throw new InputException(
          checkpoint.path()
              + ": tensor '"
              + name
              + "' has shape "
              + Arrays.toString(shape)
              + ": expected a matrix");
    }
    return (int) shape[index];
  }

  private InputException wrongShape(Tensor tensor, long... expected) {
    return new InputException(
        checkpoint.path() + ": " + tensor + " does not fit: expected " + Arrays.toString(expected));
  }
}
