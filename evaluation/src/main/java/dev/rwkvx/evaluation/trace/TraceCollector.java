package dev.rwkvx.evaluation.trace;

import dev.rwkvx.InputException;
import dev.rwkvx.model.AttentionObserver;
import dev.rwkvx.model.ChunkChoice;
import dev.rwkvx.model.Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Keeps what the sparse blocks attend to while a model reads a text, as much as can be shown. */
public final class TraceCollector implements AttentionObserver {
  /** Cells of all pictures. */
  private static final int MOST_CELLS = 200_000;

  private static final int MOST_ROWS = 160;
  private static final int MOST_COLUMNS = 256;

  /** Lists of chunks: one for every head and listed query. */
  private static final int MOST_LISTS = 6_000;

  /** Chunks in all lists. */
  private static final long MOST_LISTED = 2_000_000;

  private final Config config;
  private final long stride;
  private final long from;
  private final long to;
  private final Picture[] pictures;
  private final List<Reading> readings = new ArrayList<>();

  /**
   * What to keep.
   *
   * @param tokens of the whole text, with what is generated
   * @param sampled queries of the pictures, spread evenly over the text, beside those that are
   *     listed; 0 for no pictures
   * @param from position of the first query that is listed with its chunks
   * @param to position behind the last one
   */
  public record Extent(long tokens, int sampled, long from, long to) {}

  /**
   * Nothing has been read yet.
   *
   * @param config sizes of the model
   * @param extent what to keep
   * @throws InputException when the model has no sparse blocks, or the lists would be too long
   */
  public TraceCollector(Config config, Extent extent) {
    this.config = config;
    from = extent.from;
    to = extent.to;
    if (config.sparseBlocks() == 0) {
      throw new InputException(
          "The model has no sparse blocks, whose attention could be seen; expected an RWKV-X");
    }
    int chunks = (int) ((extent.tokens - 1) / config.chunkSize()) + 1;
    int heads = config.sparseBlocks() * config.heads();
    long each = (long) heads * Math.min(config.topK(), chunks);
    long most = Math.min(MOST_LISTS / heads, MOST_LISTED / each);
    if (to - from > most) {
      throw new InputException(
          "%d queries are to be listed with their chunks; expected at most %d of %d heads"
              .formatted(to - from, most, heads));
    }
    stride = extent.sampled == 0 ? 0 : Math.max(1, extent.tokens / extent.sampled);
    pictures = new Picture[stride == 0 ? 0 : heads];
    Arrays.setAll(pictures, i -> picture(extent.tokens, chunks, heads));
  }

  private static Picture picture(long tokens, int chunks, int heads) {
    double rows = Math.min(MOST_ROWS, tokens);
    double columns = Math.min(MOST_COLUMNS, chunks);
    double shrink = Math.sqrt(Math.min(1, MOST_CELLS / (rows * columns * heads)));
    return new Picture(
        tokens, chunks, (int) Math.max(1, rows * shrink), (int) Math.max(1, columns * shrink));
  }

  @Override
  public boolean wants(long position) {
    return isListed(position) || isSampled(position);
  }

  private boolean isListed(long position) {
    return position >= from && position < to;
  }

  private boolean isSampled(long position) {
    return stride > 0 && position % stride == 0;
  }

  @Override
  public synchronized void accept(ChunkChoice choice) {
    if (pictures.length > 0) {
      pictures[choice.block() * config.heads() + choice.head()].add(choice);
    }
    if (isListed(choice.query())) {
      readings.add(Reading.of(choice));
    }
  }

  /**
   * What has been heard.
   *
   * @param text the tokens that were read and generated
   * @return a copy
   */
  public synchronized Trace trace(Trace.TracedText text) {
    List<Reading> sorted = new ArrayList<>(readings);
    sorted.sort(
        Comparator.comparingLong(Reading::query)
            .thenComparingInt(Reading::block)
            .thenComparingInt(Reading::head));
    return new Trace(config, text, List.copyOf(sorted), List.of(pictures));
  }
}
