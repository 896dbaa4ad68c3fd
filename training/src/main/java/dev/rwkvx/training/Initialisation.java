package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.KeyConvolution;
import dev.rwkvx.model.LowRanks;
import dev.rwkvx.model.ModelShape;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;

/**
 * The weights that training from scratch starts from: the RWKV-7 initialisation (arXiv 2503.14456;
 * MODEL.md). Sparse blocks begin with output and ffn.value zero, so that at first they add nothing.
 *
 * <p>Each tensor draws from random numbers of its own, which follow from the seed and its name.
 */
public final class Initialisation {
  private final Config config;
  private final DType type;
  private final long seed;
  private final LazyCheckpoint target;
  private final int c;

  /** Adds tensors of this type to {@code target}. */
  Initialisation(Config config, DType type, long seed, LazyCheckpoint target) {
    this.config = config;
    this.type = type;
    this.seed = seed;
    this.target = target;
    c = config.embedding();
  }

  /**
   * {@link #create(Config, LowRanks, long)} with the low-rank sizes of the published models.
   *
   * @param config sizes of the model
   * @param seed the same seed gives the same weights
   * @return the model
   */
  public static Parameters create(Config config, long seed) {
    return create(config, LowRanks.of(config.embedding()), seed);
  }

  /**
   * A new model in float32; the same seed gives the same weights.
   *
   * @param config sizes of the model
   * @param ranks inner sizes of the low-rank pairs
   * @param seed the same seed gives the same weights
   * @return the model
   */
  public static Parameters create(Config config, LowRanks ranks, long seed) {
    return Parameters.of(
        checkpoint(config, ranks, DType.F32, seed, Map.of()),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  /**
   * A new model whose tensors are made one by one as they are asked for, to be written to a file.
   *
   * @param config sizes of the model
   * @param ranks inner sizes of the low-rank pairs
   * @param type of all tensors, a floating one
   * @param seed the same seed gives the same weights
   * @param metadata to keep beside chunk size and top-k
   * @return the model
   * @throws InputException when the sparse blocks do not divide the RWKV-7 blocks
   */
  public static Checkpoint checkpoint(
      Config config, LowRanks ranks, DType type, long seed, Map<String, String> metadata) {
    if (config.unusedBlocks() > 0) {
      throw new InputException(
          "Impossible model: %d sparse blocks do not spread evenly over %d RWKV-7 blocks"
              .formatted(config.sparseBlocks(), config.rwkvBlocks()));
    }
    Map<String, String> all = new HashMap<>(metadata);
    all.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(config.chunkSize()));
    all.put(ModelShape.TOP_K_KEY, Integer.toString(config.topK()));
    LazyCheckpoint target = new LazyCheckpoint(Path.of("new-model"), all);
    new Initialisation(config, type, seed, target).model(ranks);
    return target;
  }

  private void model(LowRanks ranks) {
    String prefix = config.sparseBlocks() > 0 ? "rwkv." : "";
    int v = config.vocabulary();
    uniform(prefix + "emb.weight", 1e-4, v, c);
    for (int i = 0; i < config.rwkvBlocks(); i++) {
      rwkvBlock(prefix + "blocks." + i + ".", i, ranks);
    }
    norm(prefix + "ln_out");
    orthogonal(prefix + "head.weight", 0.5, v, c);
    for (int j = 0; j < config.sparseBlocks(); j++) {
      sparseBlock(j, 4 * c);
    }
  }

  private void rwkvBlock(String block, int i, LowRanks ranks) {
    double t01 = config.rwkvBlocks() == 1 ? 0 : i / (config.rwkvBlocks() - 1.0);
    double t10 = 1 - (double) i / config.rwkvBlocks();
    if (i == 0) {
      norm(block + "ln0");
    }
    norm(block + "ln1");
    norm(block + "ln2");
    String att = block + "att.";
    channels(att + "x_r", n -> 1 - power(n, 0.2 * t10));
    channels(att + "x_w", n -> 1 - power(n, 0.9 * t10));
    channels(att + "x_k", n -> 1 - (power(n, 0.9 * t10) + 0.4 * t01));
    channels(att + "x_v", n -> 1 - (power(n, 0.4 * t10) + 0.6 * t01));
    channels(att + "x_a", n -> 1 - power(n, 0.9 * t10));
    channels(att + "x_g", n -> 1 - power(n, 0.2 * t10));
    double last = Math.max(1, c - 1);
    channels(att + "w0", n -> -7 + 5 * Math.pow(n / last, 0.85 + Math.sqrt(t01)) + 0.5);
    lowRank(att + "w", ranks.decay());
    channels(att + "a0", _ -> 0);
    lowRank(att + "a", ranks.rate());
    if (i > 0) {
      channels(att + "v0", _ -> 1);
      lowRank(att + "v", ranks.value());
    }
    lowRank(att + "g", ranks.gate());
    channels(att + "k_k", _ -> 0.85);
    channels(att + "k_a", _ -> 1);
    constant(att + "r_k", 0, config.heads(), config.headSize());
    linears(att);
    norm(att + "ln_x");
    channelMix(block + "ffn.", i, 4 * c);
  }

  /**
   * Sparse block j.
   *
   * @param hidden width of its channel mix
   */
  void sparseBlock(int j, int hidden) {
    String block = "moba." + j + ".";
    norms(j);
    // Queries and keys begin alike, so that tokens attend to tokens like them: the alignment then
    // learns to look something up much sooner than from small random numbers
    // (experiments/retrieval).
    orthogonal(block + "att.receptance.weight", block + "att", 1, c, c);
    orthogonal(block + "att.key.weight", block + "att", 1, c, c);
    uniform(block + "att.value.weight", 0.5 / Math.sqrt(c), c, c);
    constant(block + "att.output.weight", 0, c, c);
    if (config.keyWidth() > 0) {
      keyConvolution(j, -1, 1);
    }
    channelMix(block + "ffn.", rwkvBlockBefore(j), hidden);
  }

  /**
   * The key convolution of sparse block j, (0, 0) for plain keys. With (−1, 1) it is an even smear:
   * u_t + SiLU(u_{t−1} − u_t) is about ½(u_t + u_{t−1}), so that the key of a token tells the token
   * before it, and looking up what followed a word is learnt soon (arXiv 2209.11895).
   *
   * @param own weight of the token's own key
   * @param before weight of the key before it
   */
  void keyConvolution(int j, double own, double before) {
    double[] taps = {own, before};
    add(
        KeyConvolution.name(j),
        _ -> fill(config.keyWidth() * c, i -> i / c < taps.length ? taps[i / c] : 0),
        config.keyWidth(),
        c);
  }

  /** The norms of sparse block j. */
  void norms(int j) {
    norm("moba." + j + ".ln1");
    norm("moba." + j + ".ln2");
  }

  /** The RWKV-7 block after which sparse block j stands. */
  int rwkvBlockBefore(int j) {
    return (j + 1) * (config.rwkvBlocks() / config.sparseBlocks()) - 1;
  }

  private void linears(String att) {
    double root = Math.sqrt(c);
    uniform(att + "receptance.weight", 0.5 / root, c, c);
    uniform(att + "key.weight", 0.05 / root, c, c);
    uniform(att + "value.weight", 0.5 / root, c, c);
    constant(att + "output.weight", 0, c, c);
  }

  private void channelMix(String ffn, int i, int hidden) {
    double t10 = 1 - (double) i / config.rwkvBlocks();
    channels(ffn + "x_k", n -> 1 - power(n, Math.pow(t10, 4)));
    uniform(ffn + "key.weight", 0.5 / Math.sqrt(c), hidden, c);
    constant(ffn + "value.weight", 0, c, hidden);
  }

  private void lowRank(String name, int rank) {
    constant(name + "1", 0, c, rank);
    orthogonal(name + "2", 0.1, rank, c);
  }

  private void norm(String name) {
    constant(name + ".weight", 1, c);
    constant(name + ".bias", 0, c);
  }

  /** (n/C)^exponent. */
  private double power(int n, double exponent) {
    return Math.pow((double) n / c, exponent);
  }

  // --- kinds of tensors ----------------------------------------------------------------------

  private void channels(String name, IntToDoubleFunction value) {
    add(name, _ -> fill(c, value), 1, 1, c);
  }

  private void constant(String name, double value, long... shape) {
    add(name, _ -> fill(elements(shape), _ -> value), shape);
  }

  void zeros(String name, long... shape) {
    constant(name, 0, shape);
  }

  /** Between −bound and bound. */
  private void uniform(String name, double bound, long... shape) {
    add(name, random -> fill(elements(shape), _ -> bound * (2 * random.nextDouble() - 1)), shape);
  }

  /** Orthogonal, times √(rows/columns) if there are more rows than columns. */
  private void orthogonal(String name, double scale, int rows, int columns) {
    orthogonal(name, name, scale, rows, columns);
  }

  /** The same matrix for all tensors with the same {@code source} of random numbers. */
  private void orthogonal(String name, String source, double scale, int rows, int columns) {
    double gain = rows > columns ? scale * Math.sqrt((double) rows / columns) : scale;
    long[] shape = {rows, columns};
    add(name, source, random -> Orthogonal.matrix(rows, columns, gain, random), shape);
  }

  private void add(String name, Function<SplittableRandom, float[]> values, long... shape) {
    add(name, name, values, shape);
  }

  private void add(
      String name, String source, Function<SplittableRandom, float[]> values, long... shape) {
    target.add(
        new TensorHeader(name, type, shape),
        () -> Tensor.of(name, type, shape, values.apply(random(seed, source))));
  }

  private static float[] fill(int elements, IntToDoubleFunction value) {
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) value.applyAsDouble(i);
    }
    return values;
  }

  private static int elements(long... shape) {
    int elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, Math.toIntExact(size));
    }
    return elements;
  }

  /** Random numbers for one tensor (FNV-1a of the name, from the seed on). */
  static SplittableRandom random(long seed, String name) {
    long hash = seed ^ 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return new SplittableRandom(hash);
  }
}
