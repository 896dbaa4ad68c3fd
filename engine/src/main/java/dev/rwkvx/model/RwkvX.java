package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.FloatReader;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.Products.Then;
import dev.rwkvx.math.Workers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An RWKV-7 or RWKV-X model: tokens and a {@link State} in, logits out.
 *
 * <p>A model holds no conversation and may be used by many threads; passes run one after the other,
 * each on all worker threads. Reading tokens at once, in pieces of any size, or one by one gives
 * the same logits and the same state, to the bit.
 */
public final class RwkvX implements AutoCloseable {
  /** Tokens of one pass: long inputs are read in pieces of this size. */
  private static final int PIECE = 512;

  /** Rows of logits that are computed at once. */
  private static final int LOGIT_ROWS = 64;

  /** Takes the logits of consecutive tokens. */
  @FunctionalInterface
  public interface LogitsSink {
    /**
     * Takes the next rows.
     *
     * @param first index of the first row among the tokens of the call
     * @param count rows
     * @param logits count × vocabulary, valid during the call only
     */
    void accept(int first, int count, float[] logits);
  }

  /** Takes the hidden states of consecutive tokens. */
  @FunctionalInterface
  public interface HiddenSink {
    /**
     * Takes the next rows.
     *
     * @param first index of the first row among the tokens of the call
     * @param count rows
     * @param hidden count × embedding, valid during the call only
     */
    void accept(int first, int count, float[] hidden);
  }

  private final Checkpoint checkpoint;
  private final Arena arena;
  private final Workers workers;
  private final Weights weights;
  private final Pass pass;
  private final CacheMemory cacheMemory = new CacheMemory();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final FloatReader embedding;
  private final ReentrantLock lock = new ReentrantLock(true);
  private volatile @Nullable String fingerprint;
  private float[] outputRows = new float[0];
  private float[] logitRows = new float[0];

  private RwkvX(
      Checkpoint checkpoint, Arena arena, Workers workers, Weights weights, ModelOptions options) {
    this.checkpoint = checkpoint;
    this.arena = arena;
    this.workers = workers;
    this.weights = weights;
    embedding = new FloatReader(weights.embedding());
    pass = new Pass(weights, options.kernels(), workers);
  }

  /**
   * Opens a checkpoint file.
   *
   * @param file a {@code .pth}, {@code .safetensors} or {@code .gguf} file, or the index or folder
   *     of one in several parts
   * @param options threads, kernels, and the chunk size and top-k of files that do not tell
   * @return the model, to be closed by the caller
   * @throws InputException when the file is no model, or is damaged
   */
  public static RwkvX open(Path file, ModelOptions options) {
    return open(Checkpoint.open(file), options);
  }

  /**
   * Makes a model of a checkpoint, which it closes when it is closed or cannot be made.
   *
   * @param checkpoint mapped or in memory; becomes the model's own
   * @param options threads, kernels, and the chunk size and top-k of files that do not tell
   * @return the model, to be closed by the caller
   * @throws InputException when the checkpoint holds no model
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the model
  public static RwkvX open(Checkpoint checkpoint, ModelOptions options) {
    Arena arena = Arena.ofShared();
    Workers workers = new Workers(options.threads());
    try {
      Config config = ModelShape.read(checkpoint, options.chunkSize(), options.topK());
      warnOfUnusedBlocks(checkpoint, config);
      Weights weights = WeightsLoader.load(checkpoint, config, arena, workers);
      return new RwkvX(checkpoint, arena, workers, weights, options);
    } catch (RuntimeException | Error e) {
      workers.close();
      arena.close();
      checkpoint.close();
      throw e;
    }
  }

  private static void warnOfUnusedBlocks(Checkpoint checkpoint, Config config) {
    if (config.unusedBlocks() > 0) {
      Logger log = LoggerFactory.getLogger(RwkvX.class);
      log.warn(
          "{} has {} RWKV-7 blocks and {} sparse blocks; like the official code this leaves out"
              + " the last {} RWKV-7 blocks",
          checkpoint.path(),
          config.rwkvBlocks(),
          config.sparseBlocks(),
          config.unusedBlocks());
    }
  }

  /** {@return the sizes of the model} */
  public Config config() {
    return weights.config();
  }

  /** {@return the checkpoint that the model was opened from} */
  public Path path() {
    return checkpoint.path();
  }

  /** {@return 64 hexadecimal digits that tell this model from others} */
  public String fingerprint() {
    String known = fingerprint;
    if (known == null) {
      known = Fingerprint.of(checkpoint);
      fingerprint = known;
    }
    return known;
  }

  /** {@return what the checkpoint says beside its tensors} */
  public Map<String, String> metadata() {
    return checkpoint.metadata();
  }

  /** {@return what this model has to read and to compute per token} */
  public Cost cost() {
    return Cost.of(weights);
  }

  /**
   * {@return bytes outside the heap that the states of this model hold at the moment, pages that
   * forks share counted once; spilled ones are not among them}
   */
  public long cacheBytes() {
    return cacheMemory.bytes();
  }

  Kernels kernels() {
    return pass.kernels;
  }

  /**
   * A new conversation that keeps all keys and values in memory.
   *
   * @return the conversation, at position 0; to be closed by the caller
   */
  public State newState() {
    return newState(CacheOptions.exact());
  }

  /**
   * A new conversation.
   *
   * @param options how keys and values of sparse blocks are kept
   * @return the conversation, at position 0; to be closed by the caller
   * @throws InputException when the options do not fit this model, or the folder to spill to cannot
   *     be written
   */
  public State newState(CacheOptions options) {
    return newState(options, Ablation.NONE);
  }

  /**
   * As {@link #newState(CacheOptions)}, for a conversation without parts of the model.
   *
   * @param options how keys and values of sparse blocks are kept
   * @param ablation what the conversation does without
   * @return the conversation, at position 0; to be closed by the caller
   */
  public State newState(CacheOptions options, Ablation ablation) {
    return new State(weights.config(), options, ablation, cacheMemory);
  }

  /**
   * Reads tokens into a state and gives the logits after the last one.
   *
   * @param tokens ids; {@code from … to − 1} are read, at least one
   * @param from index of the first token to read
   * @param to index after the last one
   * @param state has read what comes before; at the end it has read the tokens too
   * @param logits receives one number per id of the vocabulary
   * @throws InputException when an id lies outside the vocabulary; the state is unchanged
   */
  public void forward(int[] tokens, int from, int to, State state, float[] logits) {
    check(tokens, from, to, state);
    checkRoom(logits);
    lock.lock();
    try {
      for (int at = from, end; at < to; at = end) {
        end = pieceEnd(at, to, PIECE, state);
        read(tokens, at, end, state);
      }
      project(pass.batch.rows() - 1, 1, logits);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads tokens into several states side by side, so that the weights are read once for all of
   * them. Runs may have different lengths: a decoding step is a run of one token, a prompt one of
   * many. Each state and its logits get the same bits as if it were read alone.
   *
   * @param runs states and their tokens; each state at most once
   * @throws InputException when an id lies outside the vocabulary; all states are unchanged
   */
  public void forward(List<Run> runs) {
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      check(run.tokens(), run.from(), run.to(), run.state());
      checkRoom(run.logits());
      for (int j = 0; j < i; j++) {
        if (runs.get(j).state() == run.state()) {
          throw new IllegalArgumentException("a state appears twice in a batch");
        }
      }
    }
    lock.lock();
    try {
      // Runs are laid end to end and cut into pieces.
      int next = 0;
      int at = runs.isEmpty() ? 0 : runs.getFirst().from();
      while (next < runs.size()) {
        int first = next;
        pass.batch.clear();
        while (next < runs.size() && pass.batch.rows() < PIECE) {
          Run run = runs.get(next);
          int end = pieceEnd(at, run.to(), PIECE - pass.batch.rows(), run.state());
          pass.batch.add(run.state(), run.tokens(), at, end);
          at = end;
          if (end < run.to()) {
            // The same state again, or no room.
            break;
          }
          next++;
          at = next < runs.size() ? runs.get(next).from() : 0;
        }
        readBatch();
        projectEnds(runs, first, next);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Where a piece ends that begins at {@code at}: at {@code to}, or before a cache is cut or a
   * reset is due.
   */
  private static int pieceEnd(int at, int to, int most, State state) {
    return at + (int) Math.min(Math.min(most, to - at), state.tokensToBorder());
  }

  /** Logits of the runs {@code first … end − 1}, which ended in the last pass. */
  private void projectEnds(List<Run> runs, int first, int end) {
    int v = config().vocabulary();
    for (int from = first; from < end; from += LOGIT_ROWS) {
      int count = Math.min(LOGIT_ROWS, end - from);
      reserveLogits(count);
      for (int i = 0; i < count; i++) {
        normaliseOutput(pass.batch.last(from - first + i), i, count);
      }
      projectRows(count, logitRows);
      for (int i = 0; i < count; i++) {
        System.arraycopy(logitRows, i * v, runs.get(from + i).logits(), 0, v);
      }
    }
  }

  /**
   * Reads tokens into a state and gives the logits after each of them.
   *
   * @param tokens ids; {@code from … to − 1} are read
   * @param from index of the first token to read
   * @param to index after the last one
   * @param state has read what comes before; at the end it has read the tokens too
   * @param sink called in the order of the tokens
   * @throws InputException when an id lies outside the vocabulary; the state is unchanged
   */
  public void forwardAll(int[] tokens, int from, int to, State state, LogitsSink sink) {
    readPieces(
        tokens,
        from,
        to,
        state,
        (first, rows) -> {
          for (int row = 0; row < rows; row += LOGIT_ROWS) {
            int count = Math.min(LOGIT_ROWS, rows - row);
            reserveLogits(count);
            project(row, count, logitRows);
            sink.accept(first + row, count, logitRows);
          }
        });
  }

  /**
   * Reads tokens into a state and gives the hidden state of each: the normalised output of the last
   * block, from which the head computes the logits.
   *
   * @param tokens ids; {@code from … to − 1} are read
   * @param from index of the first token to read
   * @param to index after the last one
   * @param state has read what comes before; at the end it has read the tokens too
   * @param sink called in the order of the tokens
   * @throws InputException when an id lies outside the vocabulary; the state is unchanged
   */
  public void hiddenAll(int[] tokens, int from, int to, State state, HiddenSink sink) {
    readPieces(
        tokens,
        from,
        to,
        state,
        (first, rows) -> {
          for (int row = 0; row < rows; row++) {
            normaliseOutput(row, row, rows);
          }
          sink.accept(first, rows, outputRows);
        });
  }

  /** Takes the rows of a piece that is in the pass. */
  private interface PieceSink {
    void accept(int first, int rows);
  }

  private void readPieces(int[] tokens, int from, int to, State state, PieceSink sink) {
    check(tokens, from, to, state);
    lock.lock();
    try {
      for (int at = from, end; at < to; at = end) {
        end = pieceEnd(at, to, PIECE, state);
        read(tokens, at, end, state);
        sink.accept(at - from, end - at);
      }
    } finally {
      lock.unlock();
    }
  }

  private void reserveLogits(int count) {
    if (logitRows.length < count * config().vocabulary()) {
      logitRows = new float[count * config().vocabulary()];
    }
  }

  private void checkRoom(float[] logits) {
    if (logits.length < config().vocabulary()) {
      throw new IllegalArgumentException("the logits need room for the whole vocabulary");
    }
  }

  private void check(int[] tokens, int from, int to, State state) {
    if (from < 0 || to > tokens.length || from >= to) {
      throw new IllegalArgumentException("no tokens in " + from + " … " + to);
    }
    if (!state.config().equals(config())) {
      throw new IllegalArgumentException("the state belongs to another model");
    }
    state.requireOpen();
    for (int i = from; i < to; i++) {
      if (tokens[i] < 0 || tokens[i] >= config().vocabulary()) {
        throw new InputException(
            "Token id "
                + tokens[i]
                + " is outside the model's vocabulary: expected 0 … "
                + (config().vocabulary() - 1));
      }
    }
  }

  /** Runs the stack over one piece; its rows are then in the pass. */
  private void read(int[] tokens, int from, int to, State state) {
    pass.batch.clear();
    pass.batch.add(state, tokens, from, to);
    readBatch();
  }

  private void readBatch() {
    Batch batch = pass.batch;
    pass.reserve();
    for (int run = 0; run < batch.runs(); run++) {
      batch.state(run).begin();
    }
    embed();
    // By index: an iterator would be the only garbage of a pass.
    for (int i = 0; i < weights.blocks().size(); i++) {
      weights.blocks().get(i).forward(pass);
    }
    for (int run = 0; run < batch.runs(); run++) {
      batch.state(run).advance(batch.count(run));
    }
  }

  /** x = LN0(emb[token]). */
  private void embed() {
    int c = config().embedding();
    for (int row = 0; row < pass.batch.rows(); row++) {
      long first = (long) pass.batch.token(row) * c;
      embedding.read(first, pass.normal, row * c, c);
      weights.inputNorm().apply(pass.kernels, pass.normal, row * c, pass.x, row * c);
    }
  }

  /** logits = head · LN_out(x), for consecutive rows of the pass. */
  private void project(int first, int count, float[] logits) {
    for (int i = 0; i < count; i++) {
      normaliseOutput(first + i, i, count);
    }
    projectRows(count, logits);
  }

  /** LN_out of a row of the pass, as output row {@code to} of {@code count}. */
  private void normaliseOutput(int row, int to, int count) {
    int c = config().embedding();
    if (outputRows.length < count * c) {
      outputRows = new float[count * c];
    }
    weights.outputNorm().apply(pass.kernels, pass.x, row * c, outputRows, to * c);
  }

  private void projectRows(int count, float[] logits) {
    int c = config().embedding();
    int v = config().vocabulary();
    pass.products.start(count).add(weights.head(), outputRows, 0, c, logits, v, Then.STORE).run();
  }

  /**
   * Ends the threads and frees the weights; no thread may be reading. States keep their memory
   * until they are closed. Closing twice is no mistake.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    workers.close();
    arena.close();
    checkpoint.close();
  }
}
