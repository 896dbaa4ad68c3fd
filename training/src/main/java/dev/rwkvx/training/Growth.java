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
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes an RWKV-7 model into an RWKV-X model by inserting sparse blocks (MODEL.md, "Growing"). */
public final class Growth {
  /** What the new blocks start from. */
  public enum Start {
    /**
     * New weights with output and ffn.value zero: the grown model computes exactly what the old one
     * did. Queries and keys begin as the same rotation, the key convolution as an even smear.
     */
    ZERO,

    /**
     * The matrices and the channel mix of the RWKV-7 block in front, with new norms, as in the
     * official trainer: a start that has to be trained before it is of use.
     */
    COPY,

    /**
     * The same copy with output and ffn.value zero: the block expansion of LLaMA Pro (arXiv
     * 2401.02415) to the letter. The grown model computes exactly what the old one did.
     */
    EXPAND
  }

  /**
   * The sparse blocks to insert.
   *
   * @param blocks how many; they must divide the RWKV-7 blocks
   * @param chunkSize the metadata's or else the published models' if absent
   * @param topK likewise
   * @param keyWidth taps of the key convolution; 0 for plain keys, the paper's
   */
  public record Sparse(int blocks, OptionalInt chunkSize, OptionalInt topK, int keyWidth) {
    /**
     * {@return blocks with plain keys and the sizes that the model's metadata names}
     *
     * @param blocks how many; they must divide the RWKV-7 blocks
     */
    public static Sparse of(int blocks) {
      return new Sparse(blocks, OptionalInt.empty(), OptionalInt.empty(), 0);
    }
  }

  private static final String RWKV_PREFIX = "rwkv.";

  /** The matrices through which a block adds to the stream; zero in {@link Start#EXPAND}. */
  private static final Set<String> OUTPUTS = Set.of("att.output.weight", "ffn.value.weight");

  /** The tensors that a copy takes from the block in front. */
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
   * {@link #grow(Checkpoint, Sparse, Start, long)} in memory.
   *
   * @param model an RWKV-7 model, which is not changed
   * @param sparse the blocks to insert
   * @param start how the new blocks begin
   * @param seed the same seed gives the same weights
   * @return the grown model
   */
  public static Parameters grow(Parameters model, Sparse sparse, Start start, long seed) {
    Checkpoint grown = grow(model.checkpoint(), sparse, start, seed);
    return Parameters.of(grown, OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * The grown model; its tensors are views of the old one's, which must stay open, or made one by
   * one. Types and metadata are kept; chunk size and top-k are added to the metadata.
   *
   * @param in an RWKV-7 model, which stays open
   * @param sparse the blocks to insert
   * @param start how the new blocks begin
   * @param seed of what the new blocks do not copy
   * @return the grown model
   * @throws InputException when this is no RWKV-7 model, has sparse blocks already, is quantised,
   *     or has a number of blocks that {@code blocks} does not divide
   */
  public static Checkpoint grow(Checkpoint in, Sparse sparse, Start start, long seed) {
    int blocks = sparse.blocks;
    Config config = grown(in, sparse);
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
        case COPY, EXPAND -> {
          fresh.norms(j);
          for (String name : COPIED) {
            if (start == Start.EXPAND && OUTPUTS.contains(name)) {
              fresh.zeros("moba." + j + "." + name, in.shape(front + name));
            } else {
              copy(in, front + name, "moba." + j + "." + name, out);
            }
          }
          if (config.keyWidth() > 0) {
            fresh.keyConvolution(j, 0, 0);
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

  private static Config grown(Checkpoint in, Sparse sparse) {
    Config old = ModelShape.read(in, sparse.chunkSize, sparse.topK);
    int blocks = sparse.blocks;
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
        old.topK(),
        sparse.keyWidth);
  }

  private static String divisors(int n) {
    return IntStream.rangeClosed(1, n)
        .filter(i -> n % i == 0)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", "));
  }
}
