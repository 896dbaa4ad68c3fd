package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.BlockCodes;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatReader;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.checkpoint.TensorWriter;
import dev.rwkvx.math.CodeGroup;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Matrix;
import dev.rwkvx.math.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * One tensor of a conversion.
 *
 * @param source what is read
 * @param header what is written
 * @param packed what the metadata says of it, if panels are written
 */
record WeightCopy(WeightSource source, TensorHeader header, Optional<PackedTensor> packed) {
  private static final int PIECE = 1 << 20;

  /** Writes the tensor, the next of {@code writer}. */
  void write(TensorWriter writer) {
    Tensor tensor = source.tensor();
    if (tensor.type() == header.type() && source.packed().equals(packed)) {
      writer.write(tensor.data());
    } else if (packed.isPresent()) {
      panels(tensor, packed.get(), writer);
    } else if (header.type().isQuantized()) {
      blocks(tensor, writer);
    } else if (source.packed().isPresent()) {
      floatsOfCodes(tensor, writer);
    } else {
      floats(tensor, writer);
    }
  }

  private void floats(Tensor tensor, TensorWriter writer) {
    FloatReader reader = new FloatReader(tensor);
    float[] values = new float[(int) Math.min(PIECE, tensor.elements())];
    for (long at = 0; at < tensor.elements(); at += PIECE) {
      int count = (int) Math.min(PIECE, tensor.elements() - at);
      reader.read(at, values, 0, count);
      write(values, count, writer);
    }
  }

  private void floatsOfCodes(Tensor tensor, TensorWriter writer) {
    StoredRows rows = source.rows(tensor);
    float[] row = new float[(int) header.shape()[1]];
    for (long output = 0; output < header.shape()[0]; output++) {
      rows.floats(output, row, 0);
      write(row, row.length, writer);
    }
  }

  private void write(float[] values, int count, TensorWriter writer) {
    if (header.type() == DType.F16) {
      for (int i = 0; i < count; i++) {
        if (Math.abs(values[i]) >= StoredRows.F16_OVERFLOW && Float.isFinite(values[i])) {
          throw new InputException(
              header.name()
                  + " holds "
                  + values[i]
                  + ", which f16 cannot (at most 65504); use bf16");
        }
      }
    }
    writer.writeFloats(values, 0, count);
  }

  private void panels(Tensor tensor, PackedTensor matrix, TensorWriter writer) {
    int panelBytes = Math.toIntExact(Matrix.panelStride(matrix.inputs(), matrix.type()));
    byPanels(
        matrix.outputs(),
        writer,
        panel -> {
          int first = panel * Kernels.PANEL;
          int count = Math.min(Kernels.PANEL, matrix.outputs() - first);
          MemorySegment bytes = MemorySegment.ofArray(new byte[panelBytes]);
          BlockPacking.codes(
              source.rows(tensor), matrix.type(), first, count, matrix.inputs(), bytes);
          return bytes;
        });
  }

  /** Blocks of 32 codes, row by row. */
  private void blocks(Tensor tensor, TensorWriter writer) {
    int outputs = (int) header.shape()[0];
    int groups = (int) header.shape()[1] / CodeGroup.SIZE;
    WeightType codes = header.type() == DType.Q8_0 ? WeightType.Q8 : WeightType.Q4;
    byPanels(
        outputs,
        writer,
        panel -> {
          StoredRows rows = source.rows(tensor);
          CodeGroup group = new CodeGroup();
          int first = panel * Kernels.PANEL;
          int end = Math.min(first + Kernels.PANEL, outputs);
          int blockBytes = header.type().bytes();
          MemorySegment bytes =
              MemorySegment.ofArray(new byte[(end - first) * groups * blockBytes]);
          long at = 0;
          for (int output = first; output < end; output++) {
            for (int g = 0; g < groups; g++) {
              rows.codes(codes, output, g, group);
              BlockCodes.put(header.type(), group.scale(), group.minimum(), group::code, bytes, at);
              at += blockBytes;
            }
          }
          return bytes;
        });
  }

  /** Writes what {@code make} gives for each 32 outputs, a few of them made side by side. */
  private static void byPanels(int outputs, TensorWriter writer, IntFunction<MemorySegment> make) {
    int panels = (outputs + Kernels.PANEL - 1) / Kernels.PANEL;
    int together = 4 * Runtime.getRuntime().availableProcessors();
    for (int first = 0; first < panels; first += together) {
      List<MemorySegment> done =
          IntStream.range(first, Math.min(first + together, panels))
              .parallel()
              .mapToObj(make)
              .toList();
      done.forEach(writer::write);
    }
  }
}
