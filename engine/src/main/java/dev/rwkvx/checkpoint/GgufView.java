package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.GgufNames.Row;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The tensors of an RWKV-7 model under the names and in the shapes that GGUF files have. Only what
 * has another shape there is computed, when it is asked for.
 */
public final class GgufView {
  private final Checkpoint official;
  private final String prefix;
  private final UnaryOperator<String> key;
  private final Map<String, String> metadata;
  private final SequencedMap<TensorHeader, Supplier<Tensor>> tensors = new LinkedHashMap<>();
  private final Set<String> used = new HashSet<>();

  private GgufView(Checkpoint official, String prefix, UnaryOperator<String> key) {
    this.official = official;
    this.prefix = prefix;
    this.key = key;
    metadata = new HashMap<>(official.metadata());
  }

  /**
   * {@return the tensors, which are views of the checkpoint's}
   *
   * @param official a model under the official names; stays open
   * @param prefix what its names begin with
   * @param blocks of the model
   * @param key the metadata key of what is said about a tensor, by its name
   * @throws InputException when a tensor is missing, or one is there that these files do not have
   */
  public static Checkpoint of(
      Checkpoint official, String prefix, int blocks, UnaryOperator<String> key) {
    GgufView view = new GgufView(official, prefix, key);
    List<Row> rows = GgufNames.rows();
    rows.stream().filter(row -> !row.inBlock()).forEach(row -> view.add(row, ""));
    for (int i = 0; i < blocks; i++) {
      String block = String.valueOf(i);
      rows.stream().filter(Row::inBlock).forEach(row -> view.add(row, block));
    }
    view.requireAllUsed();
    LazyCheckpoint lazy = new LazyCheckpoint(official.path(), view.metadata);
    view.tensors.forEach(lazy::add);
    return lazy;
  }

  private void add(Row row, String block) {
    String to = row.theirs().replace("#", block);
    String own = row.official().replace("#", block);
    // The first block has no value residual. Readers of these files want one, and ignore it.
    String from = GgufNames.isUnused(own) ? own.replace("att.v", "att.a") : own;
    switch (row.form()) {
      case SAME -> addSame(to, from);
      case FLAT, HEADS -> addFlat(to, from);
      case TRANSPOSED -> addTransposed(to, from);
      case SIX_ROWS -> addMixes(to, from);
    }
  }

  private void addSame(String to, String from) {
    String name = use(from);
    String said = metadata.remove(key.apply(name));
    if (said != null) {
      metadata.put(key.apply(to), said);
    }
    add(to, official.type(name), official.shape(name), () -> official.tensor(name).renamed(to));
  }

  private void addFlat(String to, String from) {
    String name = use(from);
    long[] shape = {Shapes.elements(official.shape(name))};
    DType type = official.type(name);
    add(to, type, shape, () -> Tensor.of(to, type, shape, official.tensor(name).data()));
  }

  private void addTransposed(String to, String from) {
    String name = use(from);
    long[] shape = official.shape(name);
    if (shape.length != 2) {
      throw new InputException(official.path() + ": tensor '" + name + "' is no matrix");
    }
    DType type = official.type(name);
    add(
        to,
        type,
        new long[] {shape[1], shape[0]},
        () -> {
          Tensor tensor = official.tensor(name);
          TensorLayout transposed =
              TensorLayout.contiguous(type, tensor.shape(), tensor.data()).transposed();
          return Tensor.of(to, type, transposed.shape(), transposed.read());
        });
  }

  private void addMixes(String to, String from) {
    List<String> names = GgufNames.MIXES.chars().mapToObj(c -> use(from + (char) c)).toList();
    int width = Math.toIntExact(Shapes.elements(official.shape(names.getFirst())));
    long[] shape = {names.size(), 1, 1, width};
    add(
        to,
        DType.F32,
        shape,
        () -> {
          float[] rows = new float[names.size() * width];
          for (int i = 0; i < names.size(); i++) {
            System.arraycopy(official.tensor(names.get(i)).toFloats(), 0, rows, i * width, width);
          }
          return Tensor.of(to, DType.F32, shape, rows);
        });
  }

  private void add(String to, DType type, long[] shape, Supplier<Tensor> tensor) {
    tensors.put(new TensorHeader(to, type, shape), tensor);
  }

  private String use(String name) {
    used.add(prefix + name);
    return prefix + name;
  }

  private void requireAllUsed() {
    for (String name : official.names()) {
      boolean unused =
          name.startsWith(prefix) && GgufNames.isUnused(name.substring(prefix.length()));
      if (!used.contains(name) && !unused) {
        throw new InputException(
            official.path() + ": has the tensor '" + name + "', for which GGUF has no place");
      }
    }
  }
}
