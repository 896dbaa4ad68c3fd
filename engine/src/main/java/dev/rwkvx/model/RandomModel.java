package dev.rwkvx.model;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.MemoryCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/**
 * Untrained weights under the official names, for measurements and tests: every block contributes,
 * activations stay of order one, decays and rates spread over their ranges. Not an initialisation
 * to train from.
 */
public final class RandomModel {
  /** Random numbers that all tensors draw from, each from a place of its own. */
  private static final int POOL = 1 << 20;

  private final Config config;
  private final WeightType weightType;
  private final DType type;
  private final SplittableRandom random;
  private final float[] pool = new float[POOL];
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new HashMap<>();

  private RandomModel(Config config, WeightType weightType, long seed) {
    this.config = config;
    this.weightType = weightType;
    type =
        switch (weightType) {
          case F32 -> DType.F32;
          case BF16, Q8, Q4 -> DType.BF16;
          case F16 -> DType.F16;
        };
    random = new SplittableRandom(seed);
    for (int i = 0; i < POOL; i++) {
      pool[i] = (float) (random.nextDouble() * 2 - 1);
    }
  }

  /**
   * Makes a model of the given sizes; the same seed gives the same weights.
   *
   * @param config sizes; without sparse blocks an RWKV-7
   * @param type of the large matrices; the rest of a quantised model is BF16, its head too
   * @param seed of the random numbers
   * @return the model, in memory
   */
  public static Checkpoint create(Config config, WeightType type, long seed) {
    RandomModel model = new RandomModel(config, type, seed);
    model.fill();
    model.metadata.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(config.chunkSize()));
    model.metadata.put(ModelShape.TOP_K_KEY, Integer.toString(config.topK()));
    return new MemoryCheckpoint("random-model", model.tensors, model.metadata);
  }

  private void fill() {
    int c = config.embedding();
    String prefix = config.sparseBlocks() > 0 ? "rwkv." : "";
    uniform(prefix + "emb.weight", 1f, config.vocabulary(), c);
    norm(prefix + "blocks.0.ln0");
    for (int i = 0; i < config.rwkvBlocks(); i++) {
      rwkvBlock(prefix + "blocks." + i + ".", i);
    }
    for (int j = 0; j < config.sparseBlocks(); j++) {
      String block = "moba." + j + ".";
      norm(block + "ln1");
      attention(block + "att.", 2f);
      if (config.keyWidth() > 0) {
        uniform(KeyConvolution.name(j), 1f, config.keyWidth(), c);
      }
      norm(block + "ln2");
      channelMix(block + "ffn.");
    }
    norm(prefix + "ln_out");
    uniform(prefix + "head.weight", scale(c), config.vocabulary(), c);
  }

  private void rwkvBlock(String block, int i) {
    int c = config.embedding();
    LowRanks ranks = LowRanks.of(c);
    norm(block + "ln1");
    String att = block + "att.";
    for (String shift : new String[] {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"}) {
      around(att + shift, 0.5f, 0.5f, 1, 1, c);
    }
    lowRank(att, "w", ranks.decay(), -1f, 4f);
    lowRank(att, "a", ranks.rate(), 0f, 2f);
    if (i > 0) {
      lowRank(att, "v", ranks.value(), 0f, 2f);
    }
    int gate = ranks.gate();
    uniform(att + "g1", scale(c), c, gate);
    uniform(att + "g2", 2 * scale(gate), gate, c);
    around(att + "k_k", 0.85f, 0.1f, 1, 1, c);
    around(att + "k_a", 1f, 0.1f, 1, 1, c);
    uniform(att + "r_k", 0.1f, config.heads(), config.headSize());
    attention(att, 1f);
    norm(att + "ln_x");
    norm(block + "ln2");
    channelMix(block + "ffn.");
  }

  private void lowRank(String att, String name, int rank, float middle, float spread) {
    int c = config.embedding();
    around(att + name + "0", middle, spread, 1, 1, c);
    uniform(att + name + "1", scale(c), c, rank);
    uniform(att + name + "2", scale(rank), rank, c);
  }

  private void attention(String att, float gain) {
    int c = config.embedding();
    linear(att + "receptance.weight", c, c, gain);
    linear(att + "key.weight", c, c, gain);
    linear(att + "value.weight", c, c, 1f);
    linear(att + "output.weight", c, c, 0.5f);
  }

  private void channelMix(String ffn) {
    int c = config.embedding();
    around(ffn + "x_k", 0.5f, 0.5f, 1, 1, c);
    linear(ffn + "key.weight", 4 * c, c, 1f);
    linear(ffn + "value.weight", c, 4 * c, 0.5f);
  }

  private void norm(String name) {
    around(name + ".weight", 1f, 0.1f, config.embedding());
    uniform(name + ".bias", 0.1f, config.embedding());
  }

  /** [out, in], with outputs of about the size of the inputs times {@code gain}. */
  private void linear(String name, int outputs, int inputs, float gain) {
    if (!weightType.isQuantized() || !Quantizer.fits(inputs)) {
      uniform(name, gain * scale(inputs), outputs, inputs);
      return;
    }
    PackedTensor packed = new PackedTensor(weightType, outputs, inputs);
    long[] shape = packed.header(name).shape();
    MemorySegment data = Arena.ofAuto().allocate(shape[0] * shape[1], 64);
    // One panel, rounded as a converted file's would be, stands for all.
    float[] rows = new float[Kernels.PANEL * inputs];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = gain * scale(inputs) * pool[random.nextInt(POOL)];
    }
    MemorySegment panel = data.asSlice(0, shape[1]);
    Quantizer.quantize(weightType, rows, Kernels.PANEL, inputs, panel);
    for (long i = 1; i < shape[0]; i++) {
      data.asSlice(i * shape[1], shape[1]).copyFrom(panel);
    }
    metadata.put(PackedTensor.key(name), packed.value());
    tensors.put(name, Tensor.of(name, DType.U8, shape, data));
  }

  /** Half the width of a uniform distribution whose variance is 1/n. */
  private static float scale(int n) {
    return (float) Math.sqrt(3.0 / n);
  }

  private void uniform(String name, float scale, long... shape) {
    around(name, 0f, scale, shape);
  }

  private void around(String name, float middle, float spread, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    MemorySegment data = Arena.ofAuto().allocate(elements * type.bytes(), 64);
    float[] values = new float[1 << 12];
    for (long at = 0; at < elements; at += values.length) {
      int count = (int) Math.min(values.length, elements - at);
      int from = random.nextInt(POOL - count + 1);
      for (int i = 0; i < count; i++) {
        values[i] = middle + spread * pool[from + i];
      }
      FloatTypes.narrow(
          values, 0, count, type, data.asSlice(at * type.bytes(), (long) count * type.bytes()));
    }
    tensors.put(name, Tensor.of(name, type, shape, data));
  }
}
