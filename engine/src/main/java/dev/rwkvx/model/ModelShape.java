package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.io.ByteSource;
import java.util.Arrays;
import java.util.OptionalInt;

/** Reads a {@link Config} off a checkpoint's names, shapes and metadata, touching no data. */
public final class ModelShape {
  /** Metadata key of the chunk size. */
  public static final String CHUNK_SIZE_KEY = "rwkvx.chunk_size";

  /** Metadata key of the chunks per query. */
  public static final String TOP_K_KEY = "rwkvx.top_k";

  /** Metadata key of the vocabulary's name. */
  public static final String VOCABULARY_KEY = "rwkvx.vocabulary";

  static final int LARGEST_DIMENSION = 1 << 24;

  private static final String RWKV_PREFIX = "rwkv.";

  private ModelShape() {}

  /**
   * {@return what the names of the RWKV-7 tensors begin with: "rwkv." in RWKV-X checkpoints}
   *
   * @param checkpoint names, types and shapes of its tensors are looked at, no values
   */
  public static String prefix(Checkpoint checkpoint) {
    return checkpoint.contains(RWKV_PREFIX + "emb.weight") ? RWKV_PREFIX : "";
  }

  /**
   * {@return whether a checkpoint holds an RWKV-7 or RWKV-X model}
   *
   * @param checkpoint names, types and shapes of its tensors are looked at, no values
   */
  public static boolean isModel(Checkpoint checkpoint) {
    String prefix = prefix(checkpoint);
    return checkpoint.contains(prefix + "emb.weight")
        && checkpoint.contains(prefix + "blocks.0.att.r_k");
  }

  /**
   * The sizes of a model.
   *
   * @param checkpoint names, types and shapes of its tensors are looked at, no values
   * @param chunkSize overrides the metadata
   * @param topK overrides the metadata
   * @return the sizes, of which those of the attention are the official ones where nothing tells
   * @throws InputException when this is no RWKV-7 or RWKV-X checkpoint
   */
  public static Config read(Checkpoint checkpoint, OptionalInt chunkSize, OptionalInt topK) {
    String prefix = prefix(checkpoint);
    if (!isModel(checkpoint)) {
      String missing =
          checkpoint.contains(prefix + "emb.weight") ? prefix + "blocks.0.att.r_k" : "emb.weight";
      String example =
          checkpoint.names().isEmpty() ? "" : ", such as '" + checkpoint.names().getFirst() + "',";
      throw ByteSource.error(
          checkpoint.path().toString(),
          "is no RWKV-7 or RWKV-X model: it has %d tensors%s but not '%s'"
              .formatted(checkpoint.names().size(), example, missing));
    }
    int[] embedding = matrix(checkpoint, prefix + "emb.weight");
    int[] heads = matrix(checkpoint, prefix + "blocks.0.att.r_k");
    if ((long) heads[0] * heads[1] != embedding[1]) {
      throw new InputException(
          checkpoint.path()
              + ": tensor '"
              + prefix
              + "blocks.0.att.r_k' has "
              + heads[0]
              + " heads of size "
              + heads[1]
              + ": expected a product of "
              + embedding[1]
              + ", the embedding size");
    }
    int blocks = count(checkpoint, prefix + "blocks.");
    int sparse = count(checkpoint, "moba.");
    int chunk =
        chunkSize.orElseGet(() -> metadata(checkpoint, CHUNK_SIZE_KEY, Config.DEFAULT_CHUNK_SIZE));
    int top = topK.orElseGet(() -> metadata(checkpoint, TOP_K_KEY, Config.DEFAULT_TOP_K));
    int taps = keyWidth(checkpoint, embedding[1]);
    try {
      return new Config(embedding[0], embedding[1], heads[1], blocks, sparse, chunk, top, taps);
    } catch (InputException e) {
      throw new InputException(checkpoint.path() + ": " + e.getMessage(), e);
    }
  }

  /** Taps of the key convolution, which all sparse blocks share; 0 if there is none. */
  private static int keyWidth(Checkpoint checkpoint, int c) {
    String name = KeyConvolution.name(0);
    if (!checkpoint.contains(name)) {
      return 0;
    }
    int[] shape = matrix(checkpoint, name);
    if (shape[0] > Config.MAX_KEY_WIDTH || shape[1] != c) {
      throw new InputException(
          "%s: tensor '%s' has shape %s: expected up to %d rows of %d"
              .formatted(checkpoint.path(), name, Arrays.toString(shape), Config.MAX_KEY_WIDTH, c));
    }
    return shape[0];
  }

  private static int[] matrix(Checkpoint checkpoint, String name) {
    long[] shape = checkpoint.shape(name);
    boolean fits =
        shape.length == 2
            && Arrays.stream(shape).allMatch(size -> size >= 1 && size <= LARGEST_DIMENSION);
    if (!fits) {
      throw new InputException(
          checkpoint.path()
              + ": tensor '"
              + name
              + "' has shape "
              + Arrays.toString(shape)
              + ": expected a matrix with sizes up to "
              + LARGEST_DIMENSION);
    }
    return new int[] {(int) shape[0], (int) shape[1]};
  }

  /** How many blocks 0, 1, 2 … there are under a prefix. */
  private static int count(Checkpoint checkpoint, String prefix) {
    int count = 0;
    while (checkpoint.contains(prefix + count + ".ln1.weight")) {
      count++;
    }
    return count;
  }

  private static int metadata(Checkpoint checkpoint, String key, int otherwise) {
    String value = checkpoint.metadata().get(key);
    if (value == null) {
      return otherwise;
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new InputException(
          checkpoint.path() + ": metadata '" + key + "' is '" + value + "': expected a number", e);
    }
  }
}
