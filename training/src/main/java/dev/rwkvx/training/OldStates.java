package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import dev.rwkvx.model.InitialStateFile;
import java.nio.file.Path;
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
   * Reads states out of files: those of {@code generate --save-state}, or initial states.
   *
   * @param files one state each
   * @param config of the model
   * @return the states, the first of which is number 1 in {@link Resets#states}
   * @throws dev.rwkvx.InputException when a file is damaged or its states do not fit the model
   */
  public static OldStates load(List<Path> files, Config config) {
    int size = config.heads() * config.headSize() * config.headSize();
    float[][] blocks = new float[config.rwkvBlocks()][files.size() * size];
    for (int k = 0; k < files.size(); k++) {
      float[][] states = InitialStateFile.wkv(files.get(k), config);
      for (int block = 0; block < blocks.length; block++) {
        System.arraycopy(states[block], 0, blocks[block], k * size, size);
      }
    }
    return new OldStates(blocks);
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
