package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.PanelProduct;
import dev.rwkvx.model.CacheOptions.Bounded;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * States as safetensors files, version 2:
 *
 * <ul>
 *   <li>{@code blocks.i.att.shift}, {@code blocks.i.ffn.shift} [C], float32: inputs of the mixes at
 *       the last token;
 *   <li>{@code blocks.i.att.state} [H,N,N], float32: S, rows first;
 *   <li>{@code moba.j.ffn.shift} [C], float32; {@code moba.j.att.keys}, {@code moba.j.att.values}
 *       [T,C] as the cache stores them, float32 or bfloat16, or per row and head N bytes (a code −
 *       128 each) and their N/32 binary16 scales;
 *   <li>of models with a key convolution, {@code moba.j.att.shift} [W−1,C], float32: plain keys of
 *       the last tokens, oldest first;
 *   <li>of bounded caches, {@code moba.j.att.queries} [·,C], float32: the latest queries, oldest
 *       first; and during a cut {@code moba.j.att.voters} [·,C]: those it began with.
 * </ul>
 *
 * The metadata names the version, the position, the cache and the model and vocabulary that the
 * state belongs to. A state that was saved, at any position, and loaded goes on with the same bits.
 */
public final class StateFile {
  private static final String VERSION_KEY = "rwkvx.state";
  private static final String VERSION = "2";
  private static final String POSITION_KEY = "rwkvx.position";
  private static final String MODEL_KEY = "rwkvx.model";
  private static final String VOCABULARY_KEY = "rwkvx.vocabulary";
  private static final String CACHE_KEY = "rwkvx.cache";

  /** Stands for a vocabulary that is not known. */
  public static final String NO_VOCABULARY = "";

  /** Cache rows that are copied at once. */
  private static final int ROWS = 256;

  private StateFile() {}

  /**
   * {@link #save(State, RwkvX, String, Path)} of a state that belongs to no vocabulary.
   *
   * @param state at any position; it is not changed
   * @param model what the state belongs to
   * @param file is replaced if it exists
   */
  public static void save(State state, RwkvX model, Path file) {
    save(state, model, NO_VOCABULARY, file);
  }

  /**
   * Writes a state of {@code model}; the file appears whole or not at all.
   *
   * @param state at any position; it is not changed
   * @param model what the state belongs to
   * @param vocabulary fingerprint of the vocabulary that the tokens are from, or {@link
   *     #NO_VOCABULARY}
   * @param file is replaced if it exists
   * @throws InputException when the file cannot be written, or the state has an {@link Ablation},
   *     which files do not hold
   */
  public static void save(State state, RwkvX model, String vocabulary, Path file) {
    state.requireOpen();
    if (!state.ablation().equals(Ablation.NONE)) {
      throw new InputException(
          file + ": a state that does without parts of its model cannot be saved");
    }
    Config config = state.config();
    long c = config.embedding();
    List<TensorHeader> headers = new ArrayList<>();
    for (int i = 0; i < config.rwkvBlocks(); i++) {
      headers.add(f32("blocks." + i + ".att.shift", c));
      headers.add(f32("blocks." + i + ".ffn.shift", c));
      headers.add(
          f32("blocks." + i + ".att.state", config.heads(), config.headSize(), config.headSize()));
    }
    float[][] queries = new float[config.sparseBlocks()][];
    float[][] voters = new float[config.sparseBlocks()][];
    for (int j = 0; j < config.sparseBlocks(); j++) {
      headers.add(f32("moba." + j + ".ffn.shift", c));
      if (config.keyWidth() > 0) {
        headers.add(f32(name(j, "shift"), config.keyWidth() - 1, c));
      }
      headers.add(entries(j, "keys", state.caches[j], state.caches[j].length()));
      headers.add(entries(j, "values", state.caches[j], state.caches[j].length()));
      if (state.budgets.length > 0) {
        queries[j] = state.budgets[j].observedQueries();
        voters[j] = state.budgets[j].votingQueries();
        headers.add(f32(name(j, "queries"), queries[j].length / c, c));
        headers.add(f32(name(j, "voters"), voters[j].length / c, c));
      }
    }
    try (SafetensorsWriter writer =
        SafetensorsWriter.create(file, headers, metadata(state, model, vocabulary))) {
      for (int i = 0; i < config.rwkvBlocks(); i++) {
        writer.writeFloats(state.timeShift[i], 0, config.embedding());
        writer.writeFloats(state.channelShift[i], 0, config.embedding());
        float[] s = transposed(state.wkv[i], config.headSize());
        writer.writeFloats(s, 0, s.length);
      }
      for (int j = 0; j < config.sparseBlocks(); j++) {
        writer.writeFloats(state.channelShift[config.rwkvBlocks() + j], 0, config.embedding());
        writer.writeFloats(state.keyShift[j], 0, state.keyShift[j].length);
        writeCache(state.caches[j], writer);
        if (state.budgets.length > 0) {
          writer.writeFloats(queries[j], 0, queries[j].length);
          writer.writeFloats(voters[j], 0, voters[j].length);
        }
      }
      writer.commit();
    } finally {
      Reference.reachabilityFence(state);
    }
  }

  private static TensorHeader f32(String name, long... shape) {
    return new TensorHeader(name, DType.F32, shape);
  }

  private static String name(int block, String part) {
    return "moba." + block + ".att." + part;
  }

  /** Keys or values of {@code length} positions. */
  private static TensorHeader entries(int block, String part, KvCache cache, long length) {
    DType type =
        switch (cache.type()) {
          case F32 -> DType.F32;
          case BF16 -> DType.BF16;
          default -> DType.U8;
        };
    return new TensorHeader(
        name(block, part), type, new long[] {length, cache.rowBytes() / type.bytes()});
  }

  private static Map<String, String> metadata(State state, RwkvX model, String vocabulary) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(VERSION_KEY, VERSION);
    metadata.put(POSITION_KEY, Long.toString(state.position()));
    metadata.put(MODEL_KEY, model.fingerprint());
    if (!vocabulary.equals(NO_VOCABULARY)) {
      metadata.put(VOCABULARY_KEY, vocabulary);
    }
    metadata.put(CACHE_KEY, state.cacheOptions().content());
    metadata.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(state.config().chunkSize()));
    metadata.put(ModelShape.TOP_K_KEY, Integer.toString(state.config().topK()));
    return metadata;
  }

  private static void writeCache(KvCache cache, SafetensorsWriter writer) {
    MemorySegment rows = MemorySegment.ofArray(new byte[ROWS * cache.rowBytes()]);
    for (boolean values : new boolean[] {false, true}) {
      for (long at = 0; at < cache.length(); at += ROWS) {
        int count = (int) Math.min(ROWS, cache.length() - at);
        cache.read(at, count, values, rows);
        writer.write(rows.asSlice(0, (long) count * cache.rowBytes()));
      }
    }
  }

  /** Swaps rows and columns of each head's S. */
  static float[] transposed(float[] s, int n) {
    float[] t = new float[s.length];
    for (int head = 0; head < s.length; head += n * n) {
      for (int row = 0; row < n; row++) {
        for (int column = 0; column < n; column++) {
          t[head + row * n + column] = s[head + column * n + row];
        }
      }
    }
    return t;
  }

  /**
   * {@link #load(Path, RwkvX, String, CacheOptions)} for an exact f32 cache in memory.
   *
   * @param file written by {@link #save}
   * @param model what the state belongs to
   * @return the conversation where it was saved; to be closed by the caller
   */
  public static State load(Path file, RwkvX model) {
    return load(file, model, NO_VOCABULARY, CacheOptions.exact());
  }

  /**
   * Reads a state that was saved with the same model, vocabulary and cache.
   *
   * @param file written by {@link #save}
   * @param model what the state belongs to
   * @param vocabulary fingerprint of the vocabulary in use, or {@link #NO_VOCABULARY}
   * @param options as the state was saved with, but exact caches may become spilling ones and the
   *     other way round
   * @return the conversation where it was saved; to be closed by the caller
   * @throws InputException when the file is damaged, is no state or belongs elsewhere
   */
  public static State load(Path file, RwkvX model, String vocabulary, CacheOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      long position = check(checkpoint, model, vocabulary, options);
      State state = model.newState(options);
      try {
        fill(checkpoint, state, position, model);
        return state;
      } catch (RuntimeException | Error e) {
        state.close();
        throw e;
      }
    }
  }

  /**
   * {@return the number of tokens that a saved state has read, without loading it}
   *
   * @param file written by {@link #save}
   * @param model what the state belongs to
   * @param vocabulary fingerprint of the vocabulary in use, or {@link #NO_VOCABULARY}
   * @param options as for {@link #load(Path, RwkvX, String, CacheOptions)}
   * @throws InputException as {@link #load(Path, RwkvX, String, CacheOptions)} for files of other
   *     kinds, models, vocabularies or caches
   */
  public static long position(Path file, RwkvX model, String vocabulary, CacheOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return check(checkpoint, model, vocabulary, options);
    }
  }

  private static void fill(Checkpoint checkpoint, State state, long position, RwkvX model) {
    Config config = model.config();
    for (int i = 0; i < config.rwkvBlocks(); i++) {
      fill(checkpoint, "blocks." + i + ".att.shift", state.timeShift[i]);
      fill(checkpoint, "blocks." + i + ".ffn.shift", state.channelShift[i]);
      fill(checkpoint, "blocks." + i + ".att.state", state.wkv[i]);
      state.wkv[i] = transposed(state.wkv[i], config.headSize());
    }
    for (int j = 0; j < config.sparseBlocks(); j++) {
      fill(checkpoint, "moba." + j + ".ffn.shift", state.channelShift[config.rwkvBlocks() + j]);
      if (config.keyWidth() > 0) {
        fill(checkpoint, name(j, "shift"), state.keyShift[j]);
      }
      if (state.cacheOptions().policy() instanceof Bounded bounded) {
        readCache(checkpoint, j, state.caches[j], bounded.lengthAt(position));
        float[] queries =
            readQueries(checkpoint, j, "queries", bounded.observedAt(position), config);
        state.budgets[j].restore(position, queries);
        int cutTokens = bounded.cutTokensAt(position);
        int voters = cutTokens == 0 ? 0 : bounded.observedAt(position - cutTokens);
        float[] voting = readQueries(checkpoint, j, "voters", voters, config);
        if (cutTokens > 0) {
          state.budgets[j].restoreCut(
              cutTokens, voting, model.kernels(), new PanelProduct(model.kernels()));
        }
      } else {
        readCache(checkpoint, j, state.caches[j], position);
      }
    }
    state.advance(position);
  }

  private static long check(
      Checkpoint checkpoint, RwkvX model, String vocabulary, CacheOptions options) {
    Map<String, String> metadata = checkpoint.metadata();
    if (!VERSION.equals(metadata.get(VERSION_KEY))) {
      String found = metadata.get(VERSION_KEY);
      throw new InputException(
          checkpoint.path()
              + (found == null
                  ? " is no saved state"
                  : " is a saved state of version '" + found + "': expected version " + VERSION));
    }
    if (!model.fingerprint().equals(metadata.get(MODEL_KEY))) {
      throw new InputException(
          checkpoint.path() + " is a state of another model than " + model.path());
    }
    String saved = metadata.getOrDefault(VOCABULARY_KEY, NO_VOCABULARY);
    if (!saved.equals(NO_VOCABULARY)
        && !vocabulary.equals(NO_VOCABULARY)
        && !saved.equals(vocabulary)) {
      throw new InputException(
          checkpoint.path() + " is a state of another vocabulary than the one in use");
    }
    Config config = model.config();
    String cache = metadata.getOrDefault(CACHE_KEY, "unknown");
    if (config.sparseBlocks() > 0 && !cache.equals(options.content())) {
      throw new InputException(
          "%s was saved with the cache '%s': expected '%s'"
              .formatted(checkpoint.path(), cache, options.content()));
    }
    String chunkSize = metadata.get(ModelShape.CHUNK_SIZE_KEY);
    String topK = metadata.get(ModelShape.TOP_K_KEY);
    if (config.sparseBlocks() > 0
        && !(Integer.toString(config.chunkSize()).equals(chunkSize)
            && Integer.toString(config.topK()).equals(topK))) {
      throw new InputException(
          "%s was saved with chunk size %s and top-k %s: expected %d and %d"
              .formatted(checkpoint.path(), chunkSize, topK, config.chunkSize(), config.topK()));
    }
    String position = metadata.getOrDefault(POSITION_KEY, "");
    if (!position.matches("[0-9]{1,15}")) {
      throw new InputException(
          checkpoint.path() + " states the position '" + position + "': expected a number");
    }
    return Long.parseLong(position);
  }

  private static void fill(Checkpoint checkpoint, String name, float[] target) {
    Tensor tensor = checkpoint.tensor(name);
    if (tensor.type() != DType.F32 || tensor.elements() != target.length) {
      throw new InputException(
          "%s: %s does not fit: expected F32 with %d elements"
              .formatted(checkpoint.path(), tensor, target.length));
    }
    FloatTypes.widen(tensor.data(), DType.F32, 0, target, 0, target.length);
  }

  private static float[] readQueries(
      Checkpoint checkpoint, int block, String part, int count, Config config) {
    float[] queries = new float[count * config.embedding()];
    fill(checkpoint, name(block, part), queries);
    return queries;
  }

  private static void readCache(Checkpoint checkpoint, int block, KvCache cache, long length) {
    MemorySegment keys = entries(checkpoint, entries(block, "keys", cache, length));
    MemorySegment values = entries(checkpoint, entries(block, "values", cache, length));
    for (long at = 0; at < length; at += ROWS) {
      int count = (int) Math.min(ROWS, length - at);
      long from = at * cache.rowBytes();
      long bytes = (long) count * cache.rowBytes();
      cache.write(count, keys.asSlice(from, bytes), values.asSlice(from, bytes));
    }
  }

  private static MemorySegment entries(Checkpoint checkpoint, TensorHeader expected) {
    Tensor tensor = checkpoint.tensor(expected.name());
    if (tensor.type() != expected.type() || !Arrays.equals(tensor.shape(), expected.shape())) {
      throw new InputException(
          "%s: %s does not fit: expected %s %s"
              .formatted(
                  checkpoint.path(),
                  tensor,
                  expected.type().label(),
                  Arrays.toString(expected.shape())));
    }
    return tensor.data();
  }
}
