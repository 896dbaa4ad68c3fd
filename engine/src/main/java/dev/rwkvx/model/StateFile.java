package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * States as safetensors files, version 1, all tensors float32:
 *
 * <ul>
 *   <li>{@code blocks.i.att.shift}, {@code blocks.i.ffn.shift} [C]: inputs of the mixes at the last
 *       token;
 *   <li>{@code blocks.i.att.state} [H,N,N]: S, rows first;
 *   <li>{@code moba.j.ffn.shift} [C], {@code moba.j.att.keys}, {@code moba.j.att.values} [T,C].
 * </ul>
 *
 * The metadata names the version, the position and the model that the state belongs to. A state
 * that was saved and loaded goes on with the same bits.
 */
public final class StateFile {
  private static final String VERSION_KEY = "rwkvx.state";
  private static final String VERSION = "1";
  private static final String POSITION_KEY = "rwkvx.position";
  private static final String MODEL_KEY = "rwkvx.model";

  /** Cache rows that are copied at once. */
  private static final int ROWS = 256;

  private StateFile() {}

  /**
   * Writes a state of {@code model}; the file appears whole or not at all.
   *
   * @throws InputException when the file cannot be written
   */
  public static void save(State state, RwkvX model, Path file) {
    Config config = state.config();
    long c = config.embedding();
    List<TensorHeader> headers = new ArrayList<>();
    for (int i = 0; i < config.rwkvBlocks(); i++) {
      headers.add(f32("blocks." + i + ".att.shift", c));
      headers.add(f32("blocks." + i + ".ffn.shift", c));
      headers.add(
          f32("blocks." + i + ".att.state", config.heads(), config.headSize(), config.headSize()));
    }
    for (int j = 0; j < config.sparseBlocks(); j++) {
      headers.add(f32("moba." + j + ".ffn.shift", c));
      headers.add(f32("moba." + j + ".att.keys", state.caches[j].length(), c));
      headers.add(f32("moba." + j + ".att.values", state.caches[j].length(), c));
    }
    try (SafetensorsWriter writer =
        SafetensorsWriter.create(file, headers, metadata(state, model))) {
      for (int i = 0; i < config.rwkvBlocks(); i++) {
        writer.writeFloats(state.timeShift[i], 0, config.embedding());
        writer.writeFloats(state.channelShift[i], 0, config.embedding());
        float[] s = transposed(state.wkv[i], config.headSize());
        writer.writeFloats(s, 0, s.length);
      }
      for (int j = 0; j < config.sparseBlocks(); j++) {
        writer.writeFloats(state.channelShift[config.rwkvBlocks() + j], 0, config.embedding());
        writeCache(state.caches[j], config.embedding(), writer);
      }
      writer.commit();
    }
  }

  private static TensorHeader f32(String name, long... shape) {
    return new TensorHeader(name, DType.F32, shape);
  }

  private static Map<String, String> metadata(State state, RwkvX model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(VERSION_KEY, VERSION);
    metadata.put(POSITION_KEY, Long.toString(state.position()));
    metadata.put(MODEL_KEY, model.fingerprint());
    metadata.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(state.config().chunkSize()));
    metadata.put(ModelShape.TOP_K_KEY, Integer.toString(state.config().topK()));
    return metadata;
  }

  private static void writeCache(KvCache cache, int c, SafetensorsWriter writer) {
    float[] rows = new float[ROWS * c];
    for (boolean values : new boolean[] {false, true}) {
      for (long at = 0; at < cache.length(); at += ROWS) {
        int count = (int) Math.min(ROWS, cache.length() - at);
        cache.read(at, count, values, rows);
        writer.writeFloats(rows, 0, count * c);
      }
    }
  }

  /** Swaps rows and columns of each head's S. */
  private static float[] transposed(float[] s, int n) {
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
   * Reads a state that was saved with the same model.
   *
   * @throws InputException when the file is damaged, is no state or belongs to another model
   */
  public static State load(Path file, RwkvX model) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      State state = model.newState();
      long position = check(checkpoint, model);
      Config config = model.config();
      for (int i = 0; i < config.rwkvBlocks(); i++) {
        fill(checkpoint, "blocks." + i + ".att.shift", state.timeShift[i]);
        fill(checkpoint, "blocks." + i + ".ffn.shift", state.channelShift[i]);
        fill(checkpoint, "blocks." + i + ".att.state", state.wkv[i]);
        state.wkv[i] = transposed(state.wkv[i], config.headSize());
      }
      for (int j = 0; j < config.sparseBlocks(); j++) {
        fill(checkpoint, "moba." + j + ".ffn.shift", state.channelShift[config.rwkvBlocks() + j]);
        readCache(checkpoint, "moba." + j + ".att.", state.caches[j], position, config);
      }
      state.advance(position);
      return state;
    }
  }

  private static long check(Checkpoint checkpoint, RwkvX model) {
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
    Config config = model.config();
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
          checkpoint.path()
              + ": "
              + tensor
              + " does not fit: expected F32 with "
              + target.length
              + " elements");
    }
    copy(tensor.data(), 0, target, target.length);
  }

  private static void copy(MemorySegment source, long first, float[] target, int count) {
    MemorySegment.copy(
        source, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, target, 0, count);
  }

  private static void readCache(
      Checkpoint checkpoint, String att, KvCache cache, long length, Config config) {
    int c = config.embedding();
    Tensor keys = checkpoint.tensor(att + "keys");
    Tensor values = checkpoint.tensor(att + "values");
    for (Tensor tensor : List.of(keys, values)) {
      if (tensor.type() != DType.F32 || !Arrays.equals(tensor.shape(), new long[] {length, c})) {
        throw new InputException(
            checkpoint.path()
                + ": "
                + tensor
                + " does not fit: expected F32 "
                + Arrays.toString(new long[] {length, c}));
      }
    }
    float[] k = new float[ROWS * c];
    float[] v = new float[ROWS * c];
    for (long at = 0; at < length; at += ROWS) {
      int count = (int) Math.min(ROWS, length - at);
      copy(keys.data(), at * c, k, count * c);
      copy(values.data(), at * c, v, count * c);
      cache.reserve(count);
      for (int head = 0; head < config.heads(); head++) {
        cache.append(head, count, k, v, head * config.headSize(), c);
      }
      cache.advance(count);
    }
  }
}
