package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.PthWriter;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.checkpoint.TensorWriter;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.Quantizer;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Rewrites a checkpoint as one file in other types, tensor by tensor, in bounded memory: a
 * safetensors file, or a torch file if its name ends in {@code .pth}, which holds no metadata.
 *
 * <p>Quantised conversion rounds the large matrices of the blocks and, to a type of its own, the
 * head; embedding, norms, vectors and the low-rank and gate matrices keep 16 bits or what they have
 * (docs/performance.md has the measurements behind that choice).
 */
public final class Conversion {
  private static final int PIECE = 1 << 20;

  /** Finite values from here on round to an infinity of F16. */
  private static final float F16_OVERFLOW = 65520;

  private static final Pattern LARGE =
      Pattern.compile(
          "(rwkv\\.)?(blocks|moba)\\.\\d+\\."
              + "(att\\.(receptance|key|value|output)|ffn\\.(key|value))\\.weight");
  private static final Pattern HEAD = Pattern.compile("(rwkv\\.)?head\\.weight");

  /** What tensors become. */
  public sealed interface Target {
    /** Every tensor keeps its type. */
    record Same() implements Target {}

    /**
     * All floating tensors get one type: F32, BF16 or F16.
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

  private final Checkpoint in;
  private final Target target;
  private final Map<String, String> metadata;
  private final Map<String, PackedTensor> packed = new HashMap<>();

  private Conversion(Checkpoint in, Target target, Map<String, String> additions) {
    this.in = in;
    this.target = target;
    metadata = new TreeMap<>(in.metadata());
    metadata.putAll(additions);
  }

  /**
   * Writes {@code out}, which appears whole or not at all.
   *
   * @param in a model, or any other tensors where nothing is quantised; stays open
   * @param out the file to write; {@code .pth} for a torch file, anything else for safetensors
   * @param target the types to write
   * @param additions metadata to write beside or instead of the input's
   * @throws InputException when a value does not fit the type, or the file cannot be written
   */
  public static void run(Checkpoint in, Path out, Target target, Map<String, String> additions) {
    new Conversion(in, target, additions).write(out);
  }

  private void write(Path out) {
    List<TensorHeader> headers = new ArrayList<>();
    for (String name : in.names()) {
      headers.add(header(name));
    }
    requirePlain(out);
    try (TensorWriter writer = TensorWriter.create(out, headers, metadata)) {
      for (TensorHeader header : headers) {
        String name = header.name();
        PackedTensor matrix = packed.get(name);
        if (matrix != null) {
          quantize(in.tensor(name), matrix, writer);
        } else {
          copy(in.tensor(name), header.type(), writer);
        }
      }
      writer.commit();
    }
  }

  /** The sizes of quantised matrices are metadata, for which torch files have no place. */
  private void requirePlain(Path out) {
    boolean quantized = in.names().stream().anyMatch(n -> PackedTensor.of(in, n).isPresent());
    if (PthWriter.isName(out) && (quantized || !packed.isEmpty())) {
      throw new InputException(
          out + ": quantised weights need a name *.safetensors, torch does not know them");
    }
  }

  /** What a tensor becomes; notes the sizes of a packed one in the metadata. */
  private TensorHeader header(String name) {
    DType type = in.type(name);
    long[] shape = in.shape(name);
    if (type.isFloating() && target instanceof Target.Quantized quantized) {
      WeightType weightType = packedType(name, shape, quantized);
      if (weightType.isQuantized()) {
        PackedTensor matrix = new PackedTensor(weightType, (int) shape[0], (int) shape[1]);
        packed.put(name, matrix);
        metadata.put(PackedTensor.key(name), matrix.value());
        return matrix.header(name);
      }
      boolean narrow = type == DType.F32 && shape.length == 2;
      return new TensorHeader(name, narrow ? DType.F16 : type, shape);
    }
    boolean floating = type.isFloating() && target instanceof Target.Floating;
    return new TensorHeader(name, floating ? ((Target.Floating) target).type() : type, shape);
  }

  private static WeightType packedType(String name, long[] shape, Target.Quantized quantized) {
    boolean fits =
        shape.length == 2
            && Math.max(shape[0], shape[1]) <= ModelShape.LARGEST_DIMENSION
            && Quantizer.fits((int) shape[1]);
    if (fits && LARGE.matcher(name).matches()) {
      return quantized.blocks();
    }
    return fits && HEAD.matcher(name).matches() ? quantized.head() : WeightType.F16;
  }

  private static void quantize(Tensor tensor, PackedTensor packed, TensorWriter writer) {
    int inputs = packed.inputs();
    int panelBytes = Math.toIntExact(Matrix.panelStride(inputs, packed.type()));
    int panels = (packed.outputs() + Kernels.PANEL - 1) / Kernels.PANEL;
    // A few panels at a time, so that they can be rounded side by side.
    int together = 4 * Runtime.getRuntime().availableProcessors();
    for (int first = 0; first < panels; first += together) {
      List<MemorySegment> done =
          IntStream.range(first, Math.min(first + together, panels))
              .parallel()
              .mapToObj(panel -> panel(tensor, packed, panel, panelBytes))
              .toList();
      done.forEach(writer::write);
    }
  }

  private static MemorySegment panel(
      Tensor tensor, PackedTensor packed, int panel, int panelBytes) {
    int first = panel * Kernels.PANEL;
    int outputs = Math.min(Kernels.PANEL, packed.outputs() - first);
    float[] rows = new float[outputs * packed.inputs()];
    FloatTypes.widen(
        tensor.data(), tensor.type(), (long) first * packed.inputs(), rows, 0, rows.length);
    requireQuantizable(tensor, rows);
    MemorySegment bytes = MemorySegment.ofArray(new byte[panelBytes]);
    Quantizer.quantize(packed.type(), rows, outputs, packed.inputs(), bytes);
    return bytes;
  }

  private static void copy(Tensor tensor, DType type, TensorWriter writer) {
    if (tensor.type() == type) {
      writer.write(tensor.data());
      return;
    }
    float[] values = new float[(int) Math.min(PIECE, tensor.elements())];
    for (long at = 0; at < tensor.elements(); at += PIECE) {
      int count = (int) Math.min(PIECE, tensor.elements() - at);
      FloatTypes.widen(tensor.data(), tensor.type(), at, values, 0, count);
      if (type == DType.F16) {
        requireF16Range(tensor, values, count);
      }
      writer.writeFloats(values, 0, count);
    }
  }

  /** Scales and minima are F16, so that quantised weights have its range. */
  private static void requireQuantizable(Tensor tensor, float[] values) {
    for (float value : values) {
      if (!(Math.abs(value) < F16_OVERFLOW)) {
        throw new InputException(
            tensor + " holds " + value + ", which cannot be quantised (at most 65504)");
      }
    }
  }

  private static void requireF16Range(Tensor tensor, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      if (Math.abs(values[i]) >= F16_OVERFLOW && Float.isFinite(values[i])) {
        throw new InputException(
            tensor + " holds " + values[i] + ", which f16 cannot (at most 65504); use bf16");
      }
    }
  }
}
