package dev.rwkvx.training;

import dev.rwkvx.training.Parameters.Parameter;
import java.util.function.Predicate;

/** Looks weights up by name and gives the trained ones a gradient. */
final class Binding {
  private final Parameters parameters;
  private final Gradients gradients;
  private final Predicate<String> trained;

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

  Weight matrix(String name, int rows, int columns) {
    return weight(parameters.get(name, rows, columns));
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

  private Weight weight(Parameter parameter) {
    boolean train = trained.test(parameter.name());
    return new Weight(parameter.values(), train ? gradients.add(parameter) : null);
  }
}
