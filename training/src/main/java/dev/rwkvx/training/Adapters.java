package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.DenseProduct;
import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.training.Parameters.Parameter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Low-rank adapters (LoRA, arXiv 2106.09685) as parameters: beside a frozen matrix NAME [out,in]
 * stand {@code NAME.lora_A} [rank,in] and {@code NAME.lora_B} [out,rank], and the model computes
 * with W + (alpha / rank)·B A.
 *
 * <p>An adapter file is a safetensors file of these tensors, with alpha and a fingerprint of the
 * matrices they were trained beside in its metadata.
 */
public final class Adapters {
  /** Metadata key of alpha. */
  public static final String ALPHA_KEY = "rwkvx.lora_alpha";

  /** Metadata key of the fingerprint of the matrices that have adapters. */
  static final String BASE_KEY = "rwkvx.lora_base";

  private static final String DOWN = ".lora_A";
  private static final String UP = ".lora_B";

  private static final Pattern LARGE =
      Pattern.compile(
          "(rwkv\\.)?(blocks|moba)\\.\\d+\\."
              + "(att\\.(receptance|key|value|output)|ffn\\.(key|value))\\.weight");

  /** Values of a matrix that its fingerprint is made of. */
  private static final int SAMPLES = 1024;

  private Adapters() {}

  /**
   * {@return whether a tensor is one of the large matrices of the blocks, which adapters usually go
   * to}
   *
   * @param name of a tensor
   */
  public static boolean isLargeMatrix(String name) {
    return LARGE.matcher(name).matches();
  }

  /**
   * {@return whether a tensor belongs to an adapter: what training with adapters trains}
   *
   * @param name of a tensor
   */
  public static boolean isAdapter(String name) {
    return name.endsWith(DOWN) || name.endsWith(UP);
  }

  /**
   * {@return the same parameters, whose arrays are shared, with new adapters: A uniform with the
   * variance of a layer's usual start, B zero, so that the model is unchanged at first}
   *
   * @param model is not changed
   * @param rank of the adapters; r, at least 1
   * @param alpha the adapters' part is scaled by alpha / rank
   * @param matrices says of a matrix's name whether it gets an adapter
   * @param seed the same seed gives the same adapters
   * @throws InputException when rank or alpha is impossible, no matrix is meant, or there are
   *     adapters already
   */
  public static Parameters add(
      Parameters model, int rank, double alpha, Predicate<String> matrices, long seed) {
    if (!(alpha > 0 && alpha <= Float.MAX_VALUE)) {
      throw new InputException("The alpha of adapters is " + alpha + ": expected more than 0");
    }
    List<Parameter> added = new ArrayList<>();
    for (Parameter matrix : model.all()) {
      if (isAdapter(matrix.name())) {
        throw new InputException(model.source() + " has adapters already: '" + matrix.name() + "'");
      }
      if (isMatrix(matrix) && matrices.test(matrix.name())) {
        added.addAll(adapter(matrix, rank, seed));
      }
    }
    if (added.isEmpty()) {
      throw new InputException(model.source() + ": no matrix is meant to get an adapter");
    }
    return model.with(added, Map.of(ALPHA_KEY, Double.toString(alpha)));
  }

  /** The bonus r_k [H,N] is a vector, head by head. */
  private static boolean isMatrix(Parameter tensor) {
    return tensor.shape().length == 2 && !tensor.name().endsWith(".att.r_k");
  }

  private static List<Parameter> adapter(Parameter matrix, int rank, long seed) {
    int outputs = (int) matrix.shape()[0];
    int inputs = (int) matrix.shape()[1];
    if (rank < 1 || rank > Math.min(outputs, inputs)) {
      throw new InputException(
          "The rank of adapters is %d: expected 1 to %d for '%s' %s"
              .formatted(
                  rank, Math.min(outputs, inputs), matrix.name(), Arrays.toString(matrix.shape())));
    }
    SplittableRandom random = Initialisation.random(seed, down(matrix.name()));
    double bound = 1 / Math.sqrt(inputs);
    float[] down = new float[rank * inputs];
    for (int i = 0; i < down.length; i++) {
      down[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    return List.of(
        new Parameter(down(matrix.name()), new long[] {rank, inputs}, down),
        new Parameter(up(matrix.name()), new long[] {outputs, rank}, new float[outputs * rank]));
  }

  /** The name of A beside a matrix. */
  static String down(String matrix) {
    return matrix + DOWN;
  }

  /** The name of B beside a matrix. */
  static String up(String matrix) {
    return matrix + UP;
  }

  private static String matrix(String adapter) {
    return adapter.substring(0, adapter.length() - DOWN.length());
  }

  /**
   * The alpha of parameters with adapters.
   *
   * @throws InputException when their metadata do not tell
   */
  static double alpha(Parameters parameters) {
    return alpha(parameters.source(), parameters.metadata());
  }

  private static double alpha(Path source, Map<String, String> metadata) {
    String text = metadata.get(ALPHA_KEY);
    if (text == null) {
      throw new InputException(
          source + ": does not tell the alpha of its adapters: '" + ALPHA_KEY + "' is missing");
    }
    try {
      double alpha = Double.parseDouble(text);
      if (alpha > 0 && alpha <= Float.MAX_VALUE) {
        return alpha;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new InputException(
        "%s: metadata '%s' is '%s': expected a number above 0".formatted(source, ALPHA_KEY, text));
  }

  /**
   * Writes the adapters alone, for {@link #merge}.
   *
   * @param parameters a model with adapters
   * @param target a safetensors file
   * @param type of the tensors, a floating one
   * @throws InputException when it cannot be written
   */
  public static void save(Parameters parameters, Path target, DType type) {
    Conversion.run(file(parameters), target, new Conversion.Target.Floating(type), Map.of());
  }

  /** The content of an adapter file. */
  private static Checkpoint file(Parameters parameters) {
    Checkpoint model = parameters.checkpoint();
    List<String> matrices =
        model.names().stream().filter(Adapters::isAdapter).map(Adapters::matrix).toList();
    return parameters.checkpoint(
        Adapters::isAdapter,
        Map.of(
            ALPHA_KEY, Double.toString(alpha(parameters)), BASE_KEY, fingerprint(model, matrices)));
  }

  // --- merging -------------------------------------------------------------------------------

  /**
   * A model in training with its adapters merged: the numbers that the forward pass computes with.
   *
   * @param parameters a model with adapters
   * @return the merged model
   */
  public static Checkpoint merge(Parameters parameters) {
    Map<String, String> metadata = new HashMap<>(parameters.metadata());
    metadata.remove(ALPHA_KEY);
    return merge(
        parameters.checkpoint(name -> !isAdapter(name), metadata),
        file(parameters),
        Optional.empty());
  }

  /**
   * A model with adapters merged into its matrices; its tensors are views of the base's, which must
   * stay open, or computed one by one.
   *
   * @param base the model that the adapters were trained for
   * @param adapters what {@link #save} wrote
   * @param type of the merged matrices; that of the base if absent
   * @return the merged model
   * @throws InputException when {@code adapters} holds anything else, does not fit the base, or was
   *     trained beside other matrices
   */
  public static Checkpoint merge(Checkpoint base, Checkpoint adapters, Optional<DType> type) {
    check(base, adapters);
    double alpha = alpha(adapters.path(), adapters.metadata());
    LazyCheckpoint merged = new LazyCheckpoint(base.path(), base.metadata());
    for (String name : base.names()) {
      boolean adapted = adapters.contains(down(name));
      DType target = adapted ? type.orElse(base.type(name)) : base.type(name);
      merged.add(
          new TensorHeader(name, target, base.shape(name)),
          () -> adapted ? merged(base, adapters, name, alpha, target) : base.tensor(name));
    }
    return merged;
  }

  private static Tensor merged(
      Checkpoint base, Checkpoint adapters, String name, double alpha, DType type) {
    Tensor matrix = base.tensor(name);
    Tensor down = adapters.tensor(down(name));
    int outputs = (int) matrix.dimension(0);
    int inputs = (int) matrix.dimension(1);
    int rank = (int) down.dimension(0);
    float[] effective = new float[(int) matrix.elements()];
    Adapter.merge(
        new DenseProduct(KernelProvider.best()),
        matrix.toFloats(),
        down.toFloats(),
        adapters.tensor(up(name)).toFloats(),
        inputs,
        rank,
        (float) (alpha / rank),
        0,
        outputs,
        effective);
    return Tensor.of(name, type, matrix.shape(), effective);
  }

  private static void check(Checkpoint base, Checkpoint adapters) {
    if (adapters.names().isEmpty()) {
      throw new InputException(adapters.path() + ": holds no adapters");
    }
    for (String name : adapters.names()) {
      if (!isAdapter(name)) {
        throw new InputException(
            "%s: holds '%s', which is no adapter: expected names that end in %s or %s"
                .formatted(adapters.path(), name, DOWN, UP));
      }
      checkPair(base, adapters, matrix(name));
    }
    String expected = adapters.metadata().get(BASE_KEY);
    List<String> matrices = adapters.names().stream().map(Adapters::matrix).toList();
    if (expected != null && !expected.equals(fingerprint(base, matrices))) {
      throw new InputException(
          "%s was trained beside other weights than those of %s"
              .formatted(adapters.path(), base.path()));
    }
  }

  private static void checkPair(Checkpoint base, Checkpoint adapters, String matrix) {
    if (!base.contains(matrix)) {
      throw new InputException(
          "%s does not fit %s, which has no tensor '%s'"
              .formatted(adapters.path(), base.path(), matrix));
    }
    for (String other : List.of(down(matrix), up(matrix))) {
      if (!adapters.contains(other)) {
        throw new InputException("%s: '%s' is missing".formatted(adapters.path(), other));
      }
      if (!adapters.type(other).isFloating()) {
        throw new InputException(
            "%s: '%s' is %s: expected F32, BF16 or F16"
                .formatted(adapters.path(), other, adapters.type(other).label()));
      }
    }
    long[] shape = base.shape(matrix);
    long[] down = adapters.shape(down(matrix));
    long[] up = adapters.shape(up(matrix));
    boolean fits =
        shape.length == 2
            && down.length == 2
            && up.length == 2
            && base.type(matrix).isFloating()
            && shape[0] * shape[1] <= Integer.MAX_VALUE - 8L
            && down[0] >= 1
            && down[0] <= Math.min(shape[0], shape[1])
            && down[1] == shape[1]
            && up[0] == shape[0]
            && up[1] == down[0];
    if (!fits) {
      throw new InputException(
          ("%s: the adapter %s, %s does not fit '%s' %s %s of %s:"
                  + " expected [rank,in] and [out,rank] for a floating matrix [out,in]")
              .formatted(
                  adapters.path(),
                  Arrays.toString(down),
                  Arrays.toString(up),
                  matrix,
                  base.type(matrix).label(),
                  Arrays.toString(shape),
                  base.path()));
    }
  }

  /** 64 hexadecimal digits over a sample of the values of some matrices, whatever their type. */
  private static String fingerprint(Checkpoint model, Collection<String> matrices) {
    Map<String, Tensor> sorted = new TreeMap<>();
    matrices.forEach(name -> sorted.computeIfAbsent(name, model::tensor));
    MessageDigest digest = sha256();
    sorted.forEach((name, tensor) -> {
      ByteBuffer values = ByteBuffer.allocate(SAMPLES * Float.BYTES);
      for (long i = 0; i < SAMPLES && tensor.elements() > 0; i++) {
        values.putFloat(tensor.floatAt(i * (tensor.elements() - 1) / (SAMPLES - 1)));
      }
      String header = name + Arrays.toString(tensor.shape());
      digest.update(header.getBytes(StandardCharsets.UTF_8));
      digest.update(values.array());
    });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
