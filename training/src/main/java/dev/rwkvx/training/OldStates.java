package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.FloatTypes;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.model.Config;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * WKV states that {@link Resets} can go to, other than that of a new sequence: such as a model has
 * behind many thousand tokens. The norms of WKV states grow with what was read, and sparse blocks
 * that have met young states only do not find in old ones what they look for; with these, short
 * sequences teach them. They are not trained.
 */
public final class OldStates {
  /** No states. */
  public static final OldStates NONE = new OldStates(new float[0][]);

  /** By block: (K,H,N,N), column by column. */
  private final float[][] blocks;

  OldStates(float[][] blocks) {
    this.blocks = blocks;
  }

  /**
   * Reads states out of files: those of {@code generate --save-state}, with {@code
   * blocks.i.att.state} [H,N,N] for every RWKV-7 block, or initial states with {@code
   * blocks.i.att.time_state}.
   *
   * @param files one state each
   * @param config of the model
   * @return the states, the first of which is number 1 in {@link Resets#states}
   * @throws InputException when a file is damaged or its states do not fit the model
   */
  public static OldStates load(List<Path> files, Config config) {
    int size = config.heads() * config.headSize() * config.headSize();
    float[][] blocks = new float[config.rwkvBlocks()][files.size() * size];
    for (int k = 0; k < files.size(); k++) {
      try (Checkpoint file = Checkpoint.open(files.get(k))) {
        for (int block = 0; block < blocks.length; block++) {
          transpose(read(file, block, config), config.headSize(), blocks[block], k * size);
        }
      }
    }
    return new OldStates(blocks);
  }

  private static float[] read(Checkpoint file, int block, Config config) {
    String saved = "blocks." + block + ".att.state";
    String name = file.contains(saved) ? saved : InitialStates.name(block);
    if (!file.contains(name)) {
      throw new InputException(
          "%s has no '%s'; expected a state of this model, such as 'rwkvx generate --save-state' writes"
              .formatted(file.path(), saved));
    }
    long[] shape = {config.heads(), config.headSize(), config.headSize()};
    if (!file.type(name).isFloating() || !Arrays.equals(file.shape(name), shape)) {
      throw new InputException(
          "%s: '%s' is %s %s; expected a floating type and %s"
              .formatted(
                  file.path(),
                  name,
                  file.type(name).label(),
                  Arrays.toString(file.shape(name)),
                  Arrays.toString(shape)));
    }
    Tensor tensor = file.tensor(name);
    float[] rows = new float[Math.toIntExact(tensor.elements())];
    FloatTypes.widen(tensor.data(), tensor.type(), 0, rows, 0, rows.length);
    return rows;
  }

  /** Rows first into columns first, head by head. */
  private static void transpose(float[] rows, int n, float[] columns, int at) {
    for (int i = 0; i < rows.length; i++) {
      int head = i / (n * n);
      int row = i / n % n;
      int column = i % n;
      columns[at + (head * n + column) * n + row] = rows[i];
    }
  }

  /** How many there are. */
  int count(Config config) {
    int size = config.heads() * config.headSize() * config.headSize();
    return blocks.length == 0 ? 0 : blocks[0].length / size;
  }

  /** Those of an RWKV-7 block. */
  float[] ofBlock(int block) {
    return blocks.length == 0 ? new float[0] : blocks[block];
  }
}
