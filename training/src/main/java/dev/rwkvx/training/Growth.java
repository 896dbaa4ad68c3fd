package dev.rwkvx.training;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes an RWKV-7 model into an RWKV-X model by inserting sparse blocks (MODEL.md, "Growing"). */
public final class Growth {
  /** What the new blocks start from. */
  public enum Start {
    /**
     * New weights with output and ffn.value zero: the grown model computes exactly what the old one
     * did (arXiv 2401.02415).
     */
    ZERO,

    /**
     * The matrices and the channel mix of the RWKV-7 block in front, with new norms, as in the
     * official trainer: a start that has to be trained before it is of use.
     */
    COPY
  }

  private static final String RWKV_PREFIX = "rwkv.";

  /** What {@link Start#COPY} takes from the block in front. */
  private static final List<String> COPIED =
      List.of(
          "att.receptance.weight",
          "att.key.weight",
          "att.value.weight",
          "att.output.weight",
          "ffn.x_k",
          "ffn.key.weight",
          "ffn.value.weight");

  private Growth() {}

  /**
   * {@link #grow(Checkpoint, int, Start, OptionalInt, OptionalInt, long)} in memory.
   *
   * @param model an RWKV-7 model, which is not changed
   * @param blocks sparse blocks; they must divide the RWKV-7 blocks
   * @param start how the new blocks begin
   * @param seed the same seed gives the same weights
   * @return the grown model
   */
  public static Parameters grow(Parameters model, int blocks, Start start, long seed) {
    Checkpoint grown =
        grow(model.checkpoint(), blocks, start, OptionalInt.empty(), OptionalInt.empty(), seed);
    return Parameters.of(grown, OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * The grown model; its tensors are views of the old one's, which must stay open, or made one by
   * one. Types and metadata are kept; chunk size and top-k are added to the metadata.
   *
   * @param in an RWKV-7 model, which stays open
   * @param blocks sparse blocks; they must divide the RWKV-7 blocks
   * @param start how the new blocks begin
   * @param chunkSize of the new blocks; the metadata's or else the published models' if absent
   * @param topK likewise
   * @param seed of what the new blocks do not copy
   * @return the grown model
   * @throws InputException when this is no RWKV-7 model, has sparse blocks already, is quantised,
   *     or has a number of blocks that {@code blocks} does not divide
   */
  public static Checkpoint grow(
      Checkpoint in, int blocks, Start start, OptionalInt chunkSize, OptionalInt topK, long seed) {
    Config config = grown(in, ModelShape.read(in, chunkSize, topK), blocks);
    Map<String, String> metadata = new HashMap<>(in.metadata());
    metadata.put(ModelShape.CHUNK_SIZE_KEY, Integer.toString(config.chunkSize()));
    metadata.put(ModelShape.TOP_K_KEY, Integer.toString(config.topK()));
    LazyCheckpoint out = new LazyCheckpoint(in.path(), metadata);
    for (String name : in.names()) {
      copy(in, name, grownName(name), out);
    }
    DType type = in.type(ModelShape.prefix(in) + "blocks.0.att.receptance.weight");
    Initialisation fresh = new Initialisation(config, type, seed, out);
    for (int j = 0; j < blocks; j++) {
      String front = ModelShape.prefix(in) + "blocks." + fresh.rwkvBlockBefore(j) + ".";
      switch (start) {
        case ZERO -> fresh.sparseBlock(j, Math.toIntExact(in.shape(front + "ffn.key.weight")[0]));
        case COPY -> {
          fresh.norms(j);
          for (String name : COPIED) {
            copy(in, front + name, "moba." + j + "." + name, out);
          }
        }
      }
    }
    return out;
  }

  /** The name that a tensor of an RWKV-7 model has in an RWKV-X model. */
  private static String grownName(String name) {
    boolean same = name.startsWith(RWKV_PREFIX) || InitialStates.isState(name);
    return same ? name : RWKV_PREFIX + name;
  }

  private static void copy(Checkpoint in, String name, String newName, LazyCheckpoint out) {
    out.add(
        new TensorHeader(newName, in.type(name), in.shape(name)),
        () -> in.tensor(name).renamed(newName));
  }

  private static Config grown(Checkpoint in, Config old, int blocks) {
    if (old.sparseBlocks() > 0) {
      throw new InputException(
          "%s is an RWKV-X model already: it has %d sparse blocks, expected an RWKV-7 model"
              .formatted(in.path(), old.sparseBlocks()));
    }
    if (blocks < 1 || old.rwkvBlocks() % blocks != 0) {
      throw new InputException(
          "%s has %d RWKV-7 blocks, over which %d sparse blocks cannot be spread evenly: expected %s"
              .formatted(in.path(), old.rwkvBlocks(), blocks, divisors(old.rwkvBlocks())));
    }
    for (String name : in.names()) {
      if (!in.type(name).isFloating()) {
        throw new InputException(
            "%s cannot grow: its tensor '%s' is %s, expected F32, BF16 or F16 weights"
                .formatted(in.path(), name, in.type(name).label()));
      }
    }
    return new Config(
        old.vocabulary(),
        old.embedding(),
        old.headSize(),
        old.rwkvBlocks(),
        blocks,
        old.chunkSize(),
        old.topK());
  }

  private static String divisors(int n) {
    return IntStream.rangeClosed(1, n)
        .filter(i -> n % i == 0)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", "));
  }
}
