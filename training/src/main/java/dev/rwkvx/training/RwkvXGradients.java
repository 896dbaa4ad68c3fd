package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.math.Workers;
import dev.rwkvx.model.Config;
import dev.rwkvx.training.Layout.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The whole model, forward and backward: tokens in, losses and the gradients of all trained
 * parameters out.
 *
 * <p>Of the forward pass only the input of each block is kept, and the states at the borders of
 * segments; the backward pass repeats each block before it goes through it. If a GiB is enough for
 * all that blocks compute, it is kept instead. All sums have an order of their own: the gradients
 * are the same bits for any number of threads.
 *
 * <p>For use by one thread at a time.
 */
public final class RwkvXGradients implements AutoCloseable {
  /** What an array holds. */
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private final Parameters parameters;
  private final OldStates oldStates;
  private final Gradients gradients = new Gradients();
  private final Config config;
  private final Workers workers;
  private final Machine machine;
  private final int segmentRows;
  private final Embedding embedding;
  private final List<Block> blocks = new ArrayList<>();
  private final Head head;

  private final List<Adapter> embeddingAdapters;
  private final List<List<Adapter>> blockAdapters = new ArrayList<>();
  private final List<Adapter> headAdapters;

  /** The gradients of the embedding, each block and the head: final when its backward pass is. */
  private final List<float[]> embeddingGradients;

  private final List<List<float[]>> blockGradients = new ArrayList<>();
  private final List<float[]> headGradients;

  /** The block below which nothing is trained; the embedding counts as block −1. */
  private final int lowest;

  private int rank = 1;
  private int hidden;
  private @Nullable Pass pass;

  /** The inputs of the blocks and the output of the last one. (T,C) each */
  private float[][] inputs = new float[0][];

  /**
   * Training of all parameters.
   *
   * @param parameters of a model; changed by the optimiser, not here
   * @param options threads, kernels, memory
   */
  public RwkvXGradients(Parameters parameters, TrainingOptions options) {
    this(parameters, options, _ -> true);
  }

  /**
   * Training of some parameters.
   *
   * @param parameters of a model; changed by the optimiser, not here
   * @param options threads, kernels, memory
   * @param trained says of a parameter's name whether it is trained; the others are frozen and cost
   *     no gradients
   * @throws InputException when the parameters are not those of a model, or none is trained
   */
  public RwkvXGradients(Parameters parameters, TrainingOptions options, Predicate<String> trained) {
    this(parameters, options, trained, OldStates.NONE);
  }

  /**
   * Training of some parameters, with states that {@link Resets} can go to.
   *
   * @param parameters of a model; changed by the optimiser, not here
   * @param options threads, kernels, memory
   * @param trained says of a parameter's name whether it is trained
   * @param oldStates of this model
   * @throws InputException when the parameters are not those of a model, or none is trained
   */
  public RwkvXGradients(
      Parameters parameters,
      TrainingOptions options,
      Predicate<String> trained,
      OldStates oldStates) {
    this.parameters = parameters;
    this.oldStates = oldStates;
    config = parameters.config();
    segmentRows = options.segmentRows();
    Binding binding = new Binding(parameters, gradients, trained);
    String prefix = parameters.contains("rwkv.emb.weight") ? "rwkv." : "";
    embedding = new Embedding(binding, config, prefix);
    embeddingAdapters = binding.takeAdapters();
    embeddingGradients = gradients.takeNew();
    int lowestTrained = embeddingGradients.isEmpty() ? Integer.MAX_VALUE : -1;
    for (Config.Slot slot : config.stack()) {
      blocks.add(
          switch (slot) {
            case Config.Slot.Rwkv rwkv -> rwkvBlock(binding, prefix, rwkv.index());
            case Config.Slot.Sparse sparse -> sparseBlock(binding, sparse.index());
          });
      blockAdapters.add(binding.takeAdapters());
      blockGradients.add(gradients.takeNew());
      if (!blockGradients.getLast().isEmpty()) {
        lowestTrained = Math.min(lowestTrained, blocks.size() - 1);
      }
    }
    head = new Head(binding, config, prefix);
    headAdapters = binding.takeAdapters();
    headGradients = gradients.takeNew();
    lowest = Math.min(lowestTrained, blocks.size());
    if (gradients.names().isEmpty()) {
      throw new InputException(
          parameters.source() + ": no tensor is left to train: expected a name that matches");
    }
    workers = new Workers(options.threads());
    machine = new Machine(options.kernels(), workers);
  }

  private Block rwkvBlock(Binding binding, String prefix, int i) {
    String name = prefix + "blocks." + i + ".";
    RwkvBlock block = new RwkvBlock(binding, config, name, i, oldStates.ofBlock(i));
    rank = Math.max(rank, block.rank());
    hidden = Math.max(hidden, block.hidden());
    return block;
  }

  private Block sparseBlock(Binding binding, int j) {
    SparseBlock block = new SparseBlock(binding, config, j);
    hidden = Math.max(hidden, block.hidden());
    return block;
  }

  /** {@return the parameters of the model, frozen ones included} */
  public Parameters parameters() {
    return parameters;
  }

  /** {@return the sums that {@link #accumulate} adds to} */
  public Gradients gradients() {
    return gradients;
  }

  /** {@return the Euclidean norm over all gradients; not finite if one of them is not} */
  public double norm() {
    return gradients.norm(machine.kernels, workers);
  }

  /**
   * Floating-point operations of {@link #accumulate} for a batch of this size when everything is
   * trained, repeated ones included: products, state updates and attention, a multiplication and an
   * addition counting as two.
   *
   * @param sequences in the batch; B
   * @param length tokens of each; T
   * @return operations
   */
  public double flops(int sequences, int length) {
    Layout layout = Layout.of(sequences, length, segmentRows);
    boolean repeats = Pass.repeats(config, layout, rank, hidden);
    return sequences * TrainingCost.of(parameters).flops(length, repeats);
  }

  Machine machine() {
    return machine;
  }

  // --- forward -------------------------------------------------------------------------------

  /**
   * The cross-entropy of each prediction, sequence after sequence. [B·T]
   *
   * @param batch token ids of the vocabulary
   * @return nats by prediction
   * @throws InputException when an id lies outside the vocabulary
   */
  public float[] losses(TokenBatch batch) {
    batch.check(config.vocabulary());
    Pass pass = pass(batch, false);
    float[] x = inputs[0];
    Rows rows = new Rows(pass.layout, batch, TokenWeights.EQUAL);
    rebuildAdapted();
    embed(pass, rows, x);
    for (int i = 0; i < blocks.size(); i++) {
      blocks.get(i).forward(machine, pass, pass.of(i), x, x, false);
    }
    for (Segment segment : pass.segments) {
      head.losses(machine, segment, x, rows, pass.head);
    }
    return rows.losses;
  }

  // --- forward and backward ------------------------------------------------------------------

  /**
   * As below, with the mean over all tokens.
   *
   * @param batch token ids of the vocabulary
   * @param weights of the predictions
   * @return the losses of the batch and their mean
   */
  public Loss accumulate(TokenBatch batch, TokenWeights weights) {
    return accumulate(batch, weights, 1, _ -> {});
  }

  /**
   * Adds the gradients of Σ weight·loss · share / B·T and those of the logit regulariser, 1e-4 /
   * B·T times the square of each token's largest logit, halved.
   *
   * @param batch token ids of the vocabulary
   * @param weights of the predictions
   * @param share the part that this batch has in a step: 1 / n when a step accumulates n batches
   * @param ready is told of all gradients, some at a time, when this batch will not change them any
   *     more; the same ones each time, in the same order
   * @return the losses of the batch and their mean
   * @throws InputException when an id lies outside the vocabulary
   */
  public Loss accumulate(
      TokenBatch batch, TokenWeights weights, double share, Consumer<List<float[]>> ready) {
    batch.check(config.vocabulary());
    Pass pass = pass(batch, true);
    Rows rows = new Rows(pass.layout, batch, weights);
    rebuildAdapted();
    embed(pass, rows, inputs[0]);
    for (int i = 0; i < blocks.size(); i++) {
      blocks.get(i).forward(machine, pass, pass.of(i), inputs[i], inputs[i + 1], i >= lowest);
    }
    float[] x = inputs[blocks.size()];
    float[] dx = inputs[blocks.size() + 1];
    double divisor = batch.tokens() / share;
    for (Segment segment : pass.segments) {
      head.backward(machine, segment, x, rows, divisor, divisor, pass.head, dx);
    }
    project(headAdapters);
    ready.accept(headGradients);
    Arrays.fill(pass.dfirstValues, 0f);
    for (int i = blocks.size() - 1; i >= Math.max(lowest, 0); i--) {
      blocks.get(i).backward(machine, pass, pass.of(i), inputs[i], dx);
      project(blockAdapters.get(i));
      ready.accept(blockGradients.get(i));
    }
    if (lowest < 0) {
      for (Segment segment : pass.segments) {
        embedding.backward(machine, segment, rows.tokens, pass.embedded, pass.dnormal, dx);
      }
      project(embeddingAdapters);
      ready.accept(embeddingGradients);
    }
    return rows.loss();
  }

  /** At every start, so that nobody has to tell when A and B have changed: they are small. */
  private void rebuildAdapted() {
    embeddingAdapters.forEach(adapter -> adapter.rebuild(machine));
    blockAdapters.forEach(adapters -> adapters.forEach(adapter -> adapter.rebuild(machine)));
    headAdapters.forEach(adapter -> adapter.rebuild(machine));
  }

  private void project(List<Adapter> adapters) {
    adapters.forEach(adapter -> adapter.project(machine));
  }

  private void embed(Pass pass, Rows rows, float[] x) {
    for (Segment segment : pass.segments) {
      embedding.forward(machine, segment, rows.tokens, pass.embedded, x);
    }
  }

  /** The memory for a batch, that of the last one if it is of the same size. */
  private Pass pass(TokenBatch batch, boolean backward) {
    int known = oldStates.count(config);
    for (Resets resets : batch.resets()) {
      if (Arrays.stream(resets.states()).anyMatch(state -> state < 0 || state > known)) {
        throw new IllegalArgumentException(
            "a reset goes to a state beyond the %d known: %s".formatted(known, resets));
      }
    }
    Layout layout = Layout.of(batch.sequences(), batch.length(), segmentRows);
    requireRoom(layout.rows());
    Pass current = pass;
    if (current == null || !current.layout.equals(layout) || current.backward != backward) {
      pass = null;
      inputs = new float[0][];
      current = new Pass(machine, config, layout, rank, hidden, backward);
      float[][] rows = new float[backward ? blocks.size() + 2 : 1][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = new float[layout.rows() * config.embedding()];
      }
      inputs = rows;
      pass = current;
    }
    current.resets = batch.resets();
    return current;
  }

  /**
   * Refuses batches that no memory can hold, before anything is made for them.
   *
   * @param tokens of a batch
   * @throws InputException when they are more than an array can have, or the inputs of all blocks
   *     alone are more than the heap
   */
  public void requireRoom(long tokens) {
    if (tokens * config.embedding() > MOST_ELEMENTS) {
      throw new InputException(
          "A batch of %d tokens is too large for an embedding of %d: expected at most %d tokens"
              .formatted(tokens, config.embedding(), MOST_ELEMENTS / config.embedding()));
    }
    long least = tokens * config.embedding() * Float.BYTES * (blocks.size() + 2);
    long heap = Runtime.getRuntime().maxMemory();
    if (least > heap) {
      throw new InputException(
          "A batch of %d tokens needs more than %d MiB of memory, of which there are %d; expected a"
                  .formatted(tokens, least >> 20, heap >> 20)
              + " smaller data.batch or data.context");
    }
  }

  @Override
  public void close() {
    workers.close();
  }

  /** The tokens of a batch in the order of its rows, and what becomes of them. */
  private static final class Rows implements Head.Tokens {
    private final TokenBatch batch;
    private final TokenWeights weighting;
    private final int[] tokens;

    /** Where the row's token stands in the batch. */
    private final int[] places;

    private final float[] losses;
    private final float[] weights;

    Rows(Layout layout, TokenBatch batch, TokenWeights weighting) {
      this.batch = batch;
      this.weighting = weighting;
      tokens = new int[batch.tokens()];
      places = new int[batch.tokens()];
      losses = new float[batch.tokens()];
      weights = new float[batch.tokens()];
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        for (int t = 0; t < batch.length(); t++) {
          int row = layout.row(sequence, t);
          places[row] = sequence * batch.length() + t;
          tokens[row] = batch.inputs()[places[row]];
        }
      }
    }

    @Override
    public int target(int row) {
      return batch.targets()[places[row]];
    }

    @Override
    public float weight(int row, float loss) {
      int place = places[row];
      losses[place] = loss;
      weights[place] = weighting.weight(place / batch.length(), place % batch.length(), loss);
      return weights[place];
    }

    Loss loss() {
      double sum = 0;
      for (int i = 0; i < losses.length; i++) {
        sum += (double) weights[i] * losses[i];
      }
      return new Loss(sum / losses.length, losses, weights);
    }
  }
}
