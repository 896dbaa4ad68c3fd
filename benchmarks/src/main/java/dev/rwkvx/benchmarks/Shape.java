package dev.rwkvx.benchmarks;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Named sizes of models for measurements with random weights. */
public final class Shape {
  /** The names that {@link #parse} understands, for the help of a command. */
  public static final String DESCRIPTION =
      "A published model, rwkv7-0.1b, rwkvx-0.22b or rwkvx-3.6b (or 0.1b, 0.22b, 3.6b), or blocks"
          + " and embedding size such as L4xC256, or L4+1xC256 with one sparse block.";

  private static final int WORLD_VOCABULARY = 65_536;
  private static final int HEAD_SIZE = 64;

  private static final Config SMALL = config(12, 4, 768);
  private static final Config LARGE = config(32, 8, 2560);

  private static final Map<String, Config> NAMED =
      Map.of(
          "rwkv7-0.1b", config(12, 0, 768),
          "0.1b", config(12, 0, 768),
          "rwkvx-0.22b", SMALL,
          "0.22b", SMALL,
          "0.2b", SMALL,
          "rwkvx-3.6b", LARGE,
          "3.6b", LARGE);

  private static final Pattern FREE =
      Pattern.compile("l([1-9]\\d{0,2})(?:\\+(\\d{1,3}))?xc([1-9]\\d{0,4})");

  private Shape() {}

  private static Config config(int rwkvBlocks, int sparseBlocks, int embedding) {
    return config(rwkvBlocks, sparseBlocks, embedding, HEAD_SIZE);
  }

  private static Config config(int rwkvBlocks, int sparseBlocks, int embedding, int headSize) {
    return new Config(
        WORLD_VOCABULARY,
        embedding,
        headSize,
        rwkvBlocks,
        sparseBlocks,
        Config.DEFAULT_CHUNK_SIZE,
        Config.DEFAULT_TOP_K);
  }

  /**
   * The sizes behind a name: a published model or, as in {@code L4xC256} or {@code L4+1xC256},
   * blocks, sparse blocks and embedding size, with heads of 64 and the World vocabulary.
   *
   * @throws InputException when the name means nothing
   */
  public static Config parse(String name) {
    return parse(name, HEAD_SIZE);
  }

  /**
   * {@link #parse(String)} with heads of another size.
   *
   * @throws InputException when the name means nothing, or the heads do not fit
   */
  public static Config parse(String name, int headSize) {
    String lower = name.toLowerCase(Locale.ROOT);
    Config named = NAMED.get(lower);
    if (named != null && named.headSize() != headSize) {
      throw new InputException(
          "shape '%s' has heads of %d; found %d".formatted(name, named.headSize(), headSize));
    }
    if (named != null) {
      return named;
    }
    Matcher free = FREE.matcher(lower);
    if (!free.matches()) {
      throw new InputException(
          "shape '%s': expected rwkv7-0.1b, rwkvx-0.22b, rwkvx-3.6b or sizes such as L4+1xC256"
              .formatted(name));
    }
    int sparse = free.group(2) == null ? 0 : Integer.parseInt(free.group(2));
    return config(
        Integer.parseInt(free.group(1)), sparse, Integer.parseInt(free.group(3)), headSize);
  }
}
