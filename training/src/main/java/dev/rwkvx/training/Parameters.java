package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.ModelShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;

/**
 * The master weights of a model in training: float32, under the official names and in the order of
 * the checkpoint they came from.
 */
public final class Parameters {
  /** Bytes that a checksum takes at a time. */
  private static final int BUFFER = 1 << 16;

  /**
   * One tensor.
   *
   * @param name as in the checkpoint
   * @param shape dimensions as in the checkpoint, outermost first
   * @param values row-major; changed by the optimiser
   */
  public record Parameter(String name, long[] shape, float[] values) {
    /** {@return dimensions other than 1; weight decay is for those with two or more} */
    public int squeezedRank() {
      return squeeze(shape).length;
    }
  }

  private final Path source;
  private final Config config;
  private final SequencedMap<String, Parameter> tensors;
  private final Map<String, String> metadata;

  private Parameters(
      Path source,
      Config config,
      SequencedMap<String, Parameter> tensors,
      Map<String, String> metadata) {
    this.source = source;
    this.config = config;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /**
   * Reads all tensors of a checkpoint, which may be closed afterwards.
   *
   * @param checkpoint a model; its values are copied
   * @param chunkSize overrides what the checkpoint says of its sparse attention
   * @param topK overrides the checkpoint's chunks per query
   * @return the parameters, in float32
   * @throws InputException when this is no RWKV-7 or RWKV-X model, or is quantised
   */
  public static Parameters of(Checkpoint checkpoint, OptionalInt chunkSize, OptionalInt topK) {
    Config config = ModelShape.read(checkpoint, chunkSize, topK);
    SequencedMap<String, Parameter> tensors = new LinkedHashMap<>();
    for (String name : checkpoint.names()) {
      Tensor tensor = checkpoint.tensor(name);
      if (!tensor.type().isFloating()) {
        throw new InputException(
            checkpoint.path()
                + ": "
                + tensor
                + " cannot be trained: expected F32, BF16 or F16 weights, not quantised ones");
      }
      tensors.put(name, new Parameter(name, tensor.shape(), tensor.toFloats()));
    }
    Map<String, String> metadata = new LinkedHashMap<>(checkpoint.metadata());
    metadata.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(config.chunkSize()));
    metadata.put(ModelShape.TOP_K_KEY, Integer.toString(config.topK()));
    return new Parameters(checkpoint.path(), config, tensors, Map.copyOf(metadata));
  }

  /**
   * Opens a file, reads all its tensors and closes it; see {@link #of}.
   *
   * @param file a {@code .pth} or {@code .safetensors} checkpoint
   * @param chunkSize overrides what the checkpoint says of its sparse attention
   * @param topK overrides the checkpoint's chunks per query
   * @return the parameters, in float32
   */
  public static Parameters load(Path file, OptionalInt chunkSize, OptionalInt topK) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return of(checkpoint, chunkSize, topK);
    }
  }

  /**
   * Writes a file that the engine reads.
   *
   * @param target a safetensors file, or a torch file by the name *.pth, which holds no metadata
   * @param type of all tensors, a floating one
   * @throws InputException when it cannot be written
   */
  public void save(Path target, DType type) {
    Conversion.run(checkpoint(), target, new Conversion.Target.Floating(type), Map.of());
  }

  /** {@return a view: a tensor is copied when it is asked for, as it is then} */
  public Checkpoint checkpoint() {
    return checkpoint(_ -> true, metadata);
  }

  /** A view of some of the tensors, with other metadata; see {@link #checkpoint()}. */
  Checkpoint checkpoint(Predicate<String> names, Map<String, String> otherMetadata) {
    LazyCheckpoint checkpoint = new LazyCheckpoint(source, otherMetadata);
    for (Parameter tensor : tensors.values()) {
      if (names.test(tensor.name)) {
        checkpoint.add(
            new TensorHeader(tensor.name, DType.F32, tensor.shape),
            () -> Tensor.of(tensor.name, DType.F32, tensor.shape, tensor.values));
      }
    }
    return checkpoint;
  }

  /**
   * {@return the same tensors, whose arrays are shared, and others behind them}
   *
   * @param more tensors with other names
   * @param moreMetadata beside or instead of what there is
   */
  public Parameters with(Collection<Parameter> more, Map<String, String> moreMetadata) {
    SequencedMap<String, Parameter> all = new LinkedHashMap<>(tensors);
    for (Parameter tensor : more) {
      if (all.putIfAbsent(tensor.name, tensor) != null) {
        throw new IllegalArgumentException("the name '" + tensor.name + "' is taken");
      }
    }
    Map<String, String> allMetadata = new LinkedHashMap<>(metadata);
    allMetadata.putAll(moreMetadata);
    return new Parameters(source, config, all, Map.copyOf(allMetadata));
  }

  /** {@return where the weights came from; stands in messages} */
  public Path source() {
    return source;
  }

  /** {@return the sizes of the model} */
  public Config config() {
    return config;
  }

  /** {@return what is written beside the tensors: chunk size, top-k and what the source said} */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** {@return all tensors in order} */
  public Collection<Parameter> all() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /**
   * {@return whether there is a tensor of this name}
   *
   * @param name as in the checkpoint
   */
  public boolean contains(String name) {
    return tensors.containsKey(name);
  }

  /**
   * {@return the tensor of this name}
   *
   * @param name as in the checkpoint
   * @throws InputException when there is none
   */
  public Parameter get(String name) {
    Parameter tensor = tensors.get(name);
    if (tensor == null) {
      throw new InputException(source + ": has no tensor '" + name + "'");
    }
    return tensor;
  }

  /**
   * The tensor of this name, which must have this shape but for dimensions of size 1.
   *
   * @throws InputException when it has another, or is missing
   */
  Parameter get(String name, long... shape) {
    Parameter tensor = get(name);
    if (!Arrays.equals(squeeze(tensor.shape), squeeze(shape))) {
      throw new InputException(
          source
              + ": tensor '"
              + name
              + "' has shape "
              + Arrays.toString(tensor.shape)
              + ": expected "
              + Arrays.toString(shape));
    }
    return tensor;
  }

  /**
   * {@return CRC-32C over the names and values of some tensors; 0 for none}
   *
   * @param names says of a name whether its tensor counts
   */
  public long checksum(Predicate<String> names) {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    for (Parameter tensor : tensors.values()) {
      if (names.test(tensor.name)) {
        checksum.update(tensor.name.getBytes(StandardCharsets.UTF_8));
        for (int at = 0; at < tensor.values.length; at += BUFFER / Float.BYTES) {
          int count = Math.min(BUFFER / Float.BYTES, tensor.values.length - at);
          buffer.clear().asFloatBuffer().put(tensor.values, at, count);
          checksum.update(buffer.limit(count * Float.BYTES));
        }
      }
    }
    return checksum.getValue();
  }

  /**
   * Looks for numbers that no model can compute with.
   *
   * @param names says of a name whether its tensor is looked at
   * @param type which the values shall be rounded to: F32 or BF16
   * @return the first tensor with a value that is, or becomes, infinite or undefined, in words
   */
  public Optional<String> notFinite(Predicate<String> names, DType type) {
    for (Parameter tensor : tensors.values()) {
      if (names.test(tensor.name)) {
        for (float value : tensor.values) {
          // Beyond its largest number BF16 has infinity alone.
          float rounded =
              type == DType.BF16 ? FloatTypes.bf16ToFloat(FloatTypes.floatToBf16(value)) : value;
          if (!Float.isFinite(rounded)) {
            return Optional.of("'%s' holds %s".formatted(tensor.name, rounded));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static long[] squeeze(long[] shape) {
    return LongStream.of(shape).filter(size -> size != 1).toArray();
  }
}
