package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.training.Parameters.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks weights up by name and gives the trained ones a gradient. Matrices with an adapter beside
 * them are bound to their sum; see {@link Adapter}.
 */
final class Binding {
  private final Parameters parameters;
  private final Gradients gradients;
  private final Predicate<String> trained;

  /** The adapters bound since {@link #takeAdapters}. */
  private List<Adapter> adapters = new ArrayList<>();

  /**
   * Gradients of the sums, by size: those bound together have one each, the next use them again.
   */
  private final Map<Integer, List<float[]>> sums = new HashMap<>();

  private final Map<Integer, Integer> sumsInUse = new HashMap<>();

  Binding(Parameters parameters, Gradients gradients, Predicate<String> trained) {
    this.parameters = parameters;
    this.gradients = gradients;
    this.trained = trained;
  }

  /** C elements, whatever dimensions of size 1 stand around them. */
  Weight vector(String name) {
    int c = parameters.config().embedding();
    return weight(parameters.get(name, c));
  }

  /** [H,N], the bonus r_k: C elements head by head. */
  Weight headVector(String name) {
    return weight(
        parameters.get(name, parameters.config().heads(), parameters.config().headSize()));
  }

  /** [H,N,N], the states that RWKV-7 block {@code block} starts from; frozen zeros if absent. */
  Weight initialStates(int block) {
    int heads = parameters.config().heads();
    int n = parameters.config().headSize();
    String name = InitialStates.name(block);
    return parameters.contains(name)
        ? weight(parameters.get(name, heads, n, n))
        : new Weight(new float[heads * n * n], null);
  }

  /** The key convolution of sparse block {@code block}; null where keys are the paper's. */
  @Nullable KeyConvolution keyConvolution(int block) {
    int width = parameters.config().keyWidth();
    if (width == 0) {
      return null;
    }
    String name = dev.rwkvx.model.KeyConvolution.name(block);
    return new KeyConvolution(
        weight(parameters.get(name, width, parameters.config().embedding())), width);
  }

  Weight matrix(String name, int rows, int columns) {
    Parameter own = parameters.get(name, rows, columns);
    return parameters.contains(Adapters.down(name)) ? adapted(own, rows, columns) : weight(own);
  }

  /** [out, in]. */
  Linear linear(String name, int outputs, int inputs) {
    return new Linear(matrix(name, outputs, inputs), outputs, inputs);
  }

  LayerNorm norm(String name, float epsilon) {
    return new LayerNorm(vector(name + ".weight"), vector(name + ".bias"), epsilon);
  }

  /** Rows of a matrix whose size the model does not fix. */
  int rows(String name) {
    long[] shape = parameters.get(name).shape();
    return shape.length < 2 ? 1 : (int) shape[shape.length - 2];
  }

  /** Columns of a matrix whose size the model does not fix. */
  int columns(String name) {
    long[] shape = parameters.get(name).shape();
    return shape.length < 1 ? 1 : (int) shape[shape.length - 1];
  }

  /**
   * The adapters of the matrices bound since the last call. Their gradients are to be projected
   * before those of the next ones are computed: they share memory.
   */
  List<Adapter> takeAdapters() {
    List<Adapter> taken = List.copyOf(adapters);
    adapters = new ArrayList<>();
    sumsInUse.clear();
    return taken;
  }

  private Weight weight(Parameter parameter) {
    boolean train = trained.test(parameter.name());
    return new Weight(parameter.values(), train ? gradients.add(parameter) : null);
  }

  private Weight adapted(Parameter own, int outputs, int inputs) {
    if (trained.test(own.name())) {
      throw new InputException(
          "%s: '%s' has an adapter and cannot be trained beside it: expected it frozen"
              .formatted(parameters.source(), own.name()));
    }
    String downName = Adapters.down(own.name());
    int rank = rows(downName);
    Weight down = weight(parameters.get(downName, rank, inputs));
    Weight up = weight(parameters.get(Adapters.up(own.name()), outputs, rank));
    boolean train = down.gradient() != null || up.gradient() != null;
    int size = own.values().length;
    Weight effective = new Weight(new float[size], train ? sum(size) : null);
    float scale = (float) (Adapters.alpha(parameters) / rank);
    adapters.add(
        new Adapter(
            new Weight(own.values(), null), down, up, outputs, inputs, rank, scale, effective));
    return effective;
  }

  private float[] sum(int size) {
    List<float[]> ofSize = sums.computeIfAbsent(size, _ -> new ArrayList<>());
    int index = sumsInUse.merge(size, 1, Integer::sum) - 1;
    if (index == ofSize.size()) {
      ofSize.add(new float[size]);
    }
    return ofSize.get(index);
  }
}
