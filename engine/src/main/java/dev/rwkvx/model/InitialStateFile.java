package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.Tensor;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Initial states as the RWKV community shares them ("state tuning"): a {@code .pth} or {@code
 * .safetensors} file with {@code blocks.i.att.time_state} [H,N,N] for every RWKV-7 block, in any
 * floating type.
 *
 * <p>Rows are the value index and columns the key index, as in MODEL.md's S: trainers hand the
 * tensor to the state update as it is. Programs for RWKV-5 and 6 transpose it when they load it,
 * because these keep S the other way round; those for RWKV-7 do not.
 */
public final class InitialStateFile {
  private static final String INITIAL = ".att.time_state";
  private static final String SAVED = ".att.state";

  private InitialStateFile() {}

  /**
   * A new conversation that begins with the states of a file.
   *
   * @param file {@code blocks.i.att.time_state} [H,N,N] for every RWKV-7 block
   * @param model what the states were trained for
   * @param options how keys and values of sparse blocks are kept
   * @return the conversation, at position 0; to be closed by the caller
   * @throws InputException when the file is damaged, is no initial state or does not fit the model
   */
  public static State load(Path file, RwkvX model, CacheOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      float[][] states = wkv(checkpoint, INITIAL, model.config());
      State state = model.newState(options);
      System.arraycopy(states, 0, state.wkv, 0, states.length);
      return state;
    }
  }

  /**
   * {@return S of all heads of each RWKV-7 block, column by column. (H,N,N) each}
   *
   * @param file an initial state, or a conversation that {@link StateFile} saved, of which all else
   *     is left out
   * @param config of the model
   * @throws InputException when the file is damaged, holds no state or does not fit the model
   */
  public static float[][] wkv(Path file, Config config) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      String kind = checkpoint.contains(name(0, SAVED)) ? SAVED : INITIAL;
      return wkv(checkpoint, kind, config);
    }
  }

  private static float[][] wkv(Checkpoint checkpoint, String kind, Config config) {
    String next = name(config.rwkvBlocks(), kind);
    if (checkpoint.contains(next)) {
      throw new InputException(
          "%s is the state of a larger model: it has '%s', expected %d blocks"
              .formatted(checkpoint.path(), next, config.rwkvBlocks()));
    }
    float[][] states = new float[config.rwkvBlocks()][];
    for (int i = 0; i < states.length; i++) {
      states[i] = StateFile.transposed(read(checkpoint, name(i, kind), config), config.headSize());
    }
    return states;
  }

  private static String name(int block, String kind) {
    return "blocks." + block + kind;
  }

  /** S of all heads, rows first. */
  private static float[] read(Checkpoint checkpoint, String name, Config config) {
    if (!checkpoint.contains(name)) {
      throw new InputException(
          "%s is no state of this model: '%s' is missing".formatted(checkpoint.path(), name));
    }
    long[] shape = {config.heads(), config.headSize(), config.headSize()};
    if (!checkpoint.type(name).isFloating() || !Arrays.equals(checkpoint.shape(name), shape)) {
      throw new InputException(
          "%s: '%s' is %s %s: expected a floating type and %s"
              .formatted(
                  checkpoint.path(),
                  name,
                  checkpoint.type(name).label(),
                  Arrays.toString(checkpoint.shape(name)),
                  Arrays.toString(shape)));
    }
    Tensor tensor = checkpoint.tensor(name);
    float[] s = new float[Math.toIntExact(tensor.elements())];
    FloatTypes.widen(tensor.data(), tensor.type(), 0, s, 0, s.length);
    return s;
  }
}
