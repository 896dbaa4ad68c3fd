package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.GgufWriter;
import dev.rwkvx.checkpoint.PthWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.checkpoint.TensorWriter;
import dev.rwkvx.math.WeightType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Rewrites a checkpoint as one file in other types, tensor by tensor, in bounded memory: a
 * safetensors file, or a torch file if its name ends in {@code .pth}, which holds no metadata.
 * {@link GgufConversion} writes GGUF files.
 *
 * <p>Quantised conversion rounds the large matrices of the blocks and, to a type of its own, the
 * head; embedding, norms, vectors and the low-rank and gate matrices keep 16 bits or what they have
 * (docs/performance.md has the measurements behind that choice).
 */
public final class Conversion {
  private static final Pattern LARGE =
      Pattern.compile(
          "(rwkv\\.)?(blocks|moba)\\.\\d+\\."
              + "(att\\.(receptance|key|value|output)|ffn\\.(key|value))\\.weight");
  private static final Pattern HEAD = Pattern.compile("(rwkv\\.)?head\\.weight");

  /** What tensors become. */
  public sealed interface Target {
    /** Every tensor keeps its type, or the one nearest to it that the format has. */
    record Same() implements Target {}

    /**
     * All tensors of weights get one type: F32, BF16 or F16.
     *
     * @param type F32, BF16 or F16
     */
    record Floating(DType type) implements Target {}

    /**
     * Large matrices are quantised.
     *
     * @param blocks Q8 or Q4, for the matrices of the blocks
     * @param head Q8 or Q4, or a 16-bit type, for the head
     */
    record Quantized(WeightType blocks, WeightType head) implements Target {}
  }

  /** Where a tensor stands in a model, which decides whether it may be quantised. */
  enum Role {
    /** A large matrix of a block. */
    LARGE,
    HEAD,
    OTHER
  }

  private final Checkpoint in;
  private final Target target;
  private final Map<String, String> metadata;

  private Conversion(Checkpoint in, Target target) {
    this.in = in;
    this.target = target;
    metadata = new TreeMap<>(in.metadata());
  }

  /**
   * Writes {@code out}, which appears whole or not at all.
   *
   * @param in a model, or any other tensors where nothing is quantised; stays open
   * @param out the file to write; {@code .pth} for a torch file, anything else but {@code .gguf}
   *     for safetensors
   * @param target the types to write
   * @param additions metadata to write beside or instead of the input's
   * @throws InputException when a value does not fit the type, or the file cannot be written
   */
  public static void run(Checkpoint in, Path out, Target target, Map<String, String> additions) {
    if (GgufWriter.isName(out)) {
      throw new IllegalArgumentException(out + " is a matter of " + GgufConversion.class);
    }
    new Conversion(in, target).write(out, additions);
  }

  private void write(Path out, Map<String, String> additions) {
    List<WeightCopy> copies = new ArrayList<>();
    for (String name : in.names()) {
      copies.add(copy(name));
    }
    requirePlain(out, copies);
    metadata.putAll(additions);
    List<TensorHeader> headers = copies.stream().map(WeightCopy::header).toList();
    try (TensorWriter writer = TensorWriter.create(out, headers, metadata)) {
      copies.forEach(copy -> copy.write(writer));
      writer.commit();
    }
  }

  /** The sizes of quantised matrices are metadata, for which torch files have no place. */
  private static void requirePlain(Path out, List<WeightCopy> copies) {
    if (PthWriter.isName(out) && copies.stream().anyMatch(copy -> copy.packed().isPresent())) {
      throw new InputException(
          out
              + ": quantised weights need a name *.safetensors, torch does not know them; or give"
              + " --type bf16");
    }
  }

  /** What a tensor becomes; notes the sizes of a packed one in the metadata. */
  private WeightCopy copy(String name) {
    WeightSource source = WeightSource.of(in, name);
    Optional<WeightType> codes =
        source.isWeights() ? codes(role(name), source, target) : Optional.empty();
    metadata.remove(PackedTensor.key(name));
    if (codes.isPresent()) {
      PackedTensor packed = source.as(codes.get());
      metadata.put(PackedTensor.key(name), packed.value());
      return new WeightCopy(source, packed.header(name), Optional.of(packed));
    }
    DType type = source.isWeights() ? floating(source, target) : source.type();
    return new WeightCopy(source, new TensorHeader(name, type, source.shape()), Optional.empty());
  }

  private static Role role(String name) {
    if (LARGE.matcher(name).matches()) {
      return Role.LARGE;
    }
    return HEAD.matcher(name).matches() ? Role.HEAD : Role.OTHER;
  }

  /** The type of codes that weights get; empty if they become or stay floats. */
  static Optional<WeightType> codes(Role role, WeightSource source, Target target) {
    WeightType type =
        switch (target) {
          case Target.Same() -> source.loaded();
          case Target.Floating _ -> WeightType.F32;
          case Target.Quantized types ->
              switch (role) {
                case LARGE -> types.blocks();
                case HEAD -> types.head();
                case OTHER -> WeightType.F32;
              };
        };
    boolean quantized = type.isQuantized() && role != Role.OTHER && source.fitsCodes();
    return quantized ? Optional.of(type) : Optional.empty();
  }

  /** The floating type that weights get which do not become codes. */
  static DType floating(WeightSource source, Target target) {
    if (target instanceof Target.Floating all) {
      return all.type();
    }
    boolean narrow = target instanceof Target.Quantized && source.isMatrix();
    boolean kept = source.type().isFloating() && !(narrow && source.type() == DType.F32);
    return kept ? source.type() : DType.F16;
  }
}
