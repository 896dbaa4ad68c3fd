package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.NameConvention.Place;
import dev.rwkvx.io.ByteSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** An RWKV-7 model under the names and in the shapes of flash-linear-attention. */
public final class FlaNames {
  private FlaNames() {}

  /**
   * A view of a model for writing.
   *
   * @param model an RWKV-7 under its official names; stays open as long as the view is used
   * @param blocks how many it has
   * @return the same tensors, of which some are transposed when they are read; without the value
   *     residual of block 0, which nothing reads
   * @throws InputException when a tensor is missing, or there is one that FLA has no name for
   */
  public static Checkpoint view(Checkpoint model, int blocks) {
    Path path = model.path();
    LazyCheckpoint view = new LazyCheckpoint(path, Map.of("format", "pt"));
    Set<String> unused = new HashSet<>(model.names());
    unused.removeAll(Set.of("blocks.0.att.v0", "blocks.0.att.v1", "blocks.0.att.v2"));
    for (Place place : NameConvention.fla().places(blocks).toList()) {
      String official = place.official();
      if (!unused.remove(official)) {
        throw ByteSource.error(path.toString(), "has no tensor '" + official + "'");
      }
      TensorHeader header =
          new TensorHeader(place.theirs(), model.type(official), shape(model, place));
      view.add(header, () -> tensor(model.tensor(official), place, header));
    }
    if (!unused.isEmpty()) {
      throw ByteSource.error(
          path.toString(), "has the tensor '" + unused.iterator().next() + "', which FLA does not");
    }
    return view;
  }

  private static long[] shape(Checkpoint model, Place place) {
    long[] shape = model.shape(place.official());
    return switch (place.row().form()) {
      case FLAT -> new long[] {Shapes.elements(shape)};
      case SHIFT -> new long[] {1, 1, Shapes.elements(shape)};
      case TRANSPOSED -> {
        if (shape.length != 2) {
          throw ByteSource.error(
              model.path().toString(),
              "tensor '"
                  + place.official()
                  + "' has shape "
                  + Arrays.toString(shape)
                  + ": expected a matrix");
        }
        yield new long[] {shape[1], shape[0]};
      }
      case SAME, SIX_ROWS -> shape;
    };
  }

  private static Tensor tensor(Tensor official, Place place, TensorHeader header) {
    TensorLayout layout =
        TensorLayout.contiguous(official.type(), official.shape(), official.data());
    TensorLayout theirs =
        place.row().form() == NameConvention.Form.TRANSPOSED ? layout.transposed() : layout;
    return Tensor.of(header.name(), header.type(), header.shape(), theirs.read());
  }
}
