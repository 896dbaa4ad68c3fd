package dev.rwkvx.training;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.training.Parameters.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The initial states of the WKV recurrence as parameters: training these alone ("state tuning")
 * adapts a model at the cost of C·N numbers per block.
 *
 * <p>They stand beside the model's tensors as {@code blocks.i.att.time_state} [H,N,N], without
 * prefix also in RWKV-X models: rows are values, columns keys, as in the files of the RWKV
 * community. Each sequence of a batch starts from them, and where a state is cleared within a
 * sequence it goes back to them: what follows is read as if it stood alone.
 */
public final class InitialStates {
  private static final String SUFFIX = ".att.time_state";

  private InitialStates() {}

  /**
   * {@return the same parameters, whose arrays are shared, with an initial state of zeros for every
   * RWKV-7 block that has none}
   *
   * @param model is not changed
   */
  public static Parameters add(Parameters model) {
    int heads = model.config().heads();
    int n = model.config().headSize();
    List<Parameter> states = new ArrayList<>();
    for (int i = 0; i < model.config().rwkvBlocks(); i++) {
      if (!model.contains(name(i))) {
        states.add(new Parameter(name(i), new long[] {heads, n, n}, new float[heads * n * n]));
      }
    }
    return model.with(states, Map.of());
  }

  /**
   * {@return whether a tensor is an initial state: what state tuning trains}
   *
   * @param name of a tensor
   */
  public static boolean isState(String name) {
    return name.endsWith(SUFFIX);
  }

  /**
   * Writes the initial states alone in float32, to be used with {@code --initial-state}.
   *
   * @param parameters a model with initial states
   * @param target a safetensors file, or a torch file by the name *.pth
   * @throws dev.rwkvx.InputException when it cannot be written
   */
  public static void save(Parameters parameters, Path target) {
    Checkpoint states = parameters.checkpoint(InitialStates::isState, Map.of());
    Conversion.run(states, target, new Conversion.Target.Same(), Map.of());
  }

  /** The initial state of an RWKV-7 block. */
  static String name(int block) {
    return "blocks." + block + SUFFIX;
  }
}
