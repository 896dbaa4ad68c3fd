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
  private InitialStateFile() {}

  /**
   * A new conversation that begins with the states of a file.
   *
   * @param file {@code blocks.i.att.time_state} [H,N,N] for every RWKV-7 block
   * @param model what the states were trained for
   * @param options how keys and values of sparse blocks are kept
   * @return the conversation, at position 0; to be closed if its options spill
   * @throws InputException when the file is damaged, is no initial state or does not fit the model
   */
  public static State load(Path file, RwkvX model, CacheOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Config config = model.config();
      String next = name(config.rwkvBlocks());
      if (checkpoint.contains(next)) {
        throw new InputException(
            "%s is the initial state of a larger model: it has '%s', expected %d blocks"
                .formatted(file, next, config.rwkvBlocks()));
      }
      float[][] states = new float[config.rwkvBlocks()][];
      for (int i = 0; i < states.length; i++) {
        states[i] = StateFile.transposed(read(checkpoint, i, config), config.headSize());
      }
      State state = model.newState(options);
      System.arraycopy(states, 0, state.wkv, 0, states.length);
      return state;
    }
  }

  private static String name(int block) {
    return "blocks." + block + ".att.time_state";
  }

  /** S of all heads, rows first. */
  private static float[] read(Checkpoint checkpoint, int block, Config config) {
    String name = name(block);
    if (!checkpoint.contains(name)) {
      throw new InputException(
          "%s is no initial state of this model: '%s' is missing"
              .formatted(checkpoint.path(), name));
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
