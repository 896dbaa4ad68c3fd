package dev.rwkvx.evaluation.trace;

import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.evaluation.gate.GateHits;
import dev.rwkvx.evaluation.gate.TokenRange;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.model.Config;
import dev.rwkvx.plots.Table;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** What the sparse blocks of a model attended to in one text. */
public final class Trace {
  private final Config config;
  private final TracedText text;
  private final List<Reading> readings;
  private final List<Picture> pictures;
  private final BitSet needle;

  /**
   * A prompt and what a model wrote behind it.
   *
   * @param model a name of the model, for people
   * @param tokenizer the model's vocabulary
   * @param tokens the prompt and the answer
   * @param prompt tokens of the prompt, at least one
   * @param needle what the answer should come from; empty for nothing
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  public record TracedText(
      String model, Tokenizer tokenizer, int[] tokens, int prompt, String needle) {
    /** {@return what the model wrote} */
    public String answer() {
      return decoded(prompt, tokens.length);
    }

    String decoded(int from, int to) {
      return tokenizer.decodeToString(Arrays.copyOfRange(tokens, from, to));
    }
  }

  /**
   * A chunk that was read.
   *
   * @param chunk its number; chunk c begins at token c·B
   * @param mass its share of the attention, the mean over all heads of all sparse blocks and the
   *     queries of the answer
   * @param holdsNeedle whether a token of the needle lies in it
   * @param text of its tokens
   */
  public record ChunkRead(int chunk, double mass, boolean holdsNeedle, String text) {}

  Trace(Config config, TracedText text, List<Reading> readings, List<Picture> pictures) {
    this.config = config;
    this.text = text;
    this.readings = readings;
    this.pictures = pictures;
    int[] prompt = Arrays.copyOf(text.tokens, text.prompt);
    needle =
        TokenRange.chunks(TokenRange.of(text.tokenizer, prompt, text.needle), config.chunkSize());
  }

  Config config() {
    return config;
  }

  TracedText text() {
    return text;
  }

  List<Reading> readings() {
    return readings;
  }

  /** Of each head of each block, in this order; none if none were asked for. */
  List<Picture> pictures() {
    return pictures;
  }

  /** {@return chunks of the text, the unfinished one included} */
  public int chunks() {
    return (text.tokens.length - 1) / config.chunkSize() + 1;
  }

  String chunkText(int chunk) {
    int from = chunk * config.chunkSize();
    return text.decoded(from, Math.min(text.tokens.length, from + config.chunkSize()));
  }

  /** {@return what the model wrote behind the prompt} */
  public String answer() {
    return text.answer();
  }

  /** {@return the chunks that hold the needle} */
  public BitSet needle() {
    return (BitSet) needle.clone();
  }

  /** Whether a query predicts a token of the answer. */
  private boolean isOfAnswer(Reading reading) {
    return reading.query() >= text.prompt - 1;
  }

  /**
   * {@return how often the queries of the answer attended to a chunk that holds the needle} Empty
   * without a needle, or if no query of the answer is listed.
   */
  public Optional<GateHit> gateHit() {
    GateHits hits = new GateHits(config, needle, text.prompt - 1, text.tokens.length);
    for (Reading reading : readings) {
      if (isOfAnswer(reading)) {
        hits.add(reading.block(), reading.head(), reading.query(), reading.chunks());
      }
    }
    GateHit result = hits.result();
    return needle.isEmpty() || result.queries() == 0 ? Optional.empty() : Optional.of(result);
  }

  /**
   * {@return the chunks that the queries of the answer gave most attention to, the most first}
   *
   * @param count how many at most
   */
  public List<ChunkRead> mostRead(int count) {
    TreeMap<Integer, Double> mass = new TreeMap<>();
    long heads = readings.stream().filter(this::isOfAnswer).count();
    for (Reading reading : readings) {
      for (int i = 0; isOfAnswer(reading) && i < reading.chunks().length; i++) {
        mass.merge(reading.chunks()[i], reading.mass()[i] / (double) heads, Double::sum);
      }
    }
    return mass.entrySet().stream()
        .sorted(Comparator.comparingDouble(chunk -> -chunk.getValue()))
        .limit(count)
        .map(chunk -> read(chunk.getKey(), chunk.getValue()))
        .toList();
  }

  private ChunkRead read(int chunk, double share) {
    return new ChunkRead(chunk, share, needle.get(chunk), chunkText(chunk));
  }

  /**
   * {@return a row for every chunk that a listed query attended to} Positions count from 0; {@code
   * gate} and {@code rank}, the place of the gate among all finished chunks, are empty for the
   * query's own chunk.
   */
  public Table table() {
    List<List<String>> rows = new ArrayList<>();
    for (Reading reading : readings) {
      for (int i = 0; i < reading.chunks().length; i++) {
        int chunk = reading.chunks()[i];
        boolean own = i == reading.gates().length;
        rows.add(
            List.of(
                String.valueOf(reading.query()),
                String.valueOf(reading.block()),
                String.valueOf(reading.head()),
                String.valueOf(chunk),
                String.valueOf((long) chunk * config.chunkSize()),
                String.format(Locale.ROOT, "%.6f", reading.mass()[i]),
                own ? "" : String.format(Locale.ROOT, "%.5g", reading.gates()[i]),
                own ? "" : String.valueOf(reading.ranks()[i]),
                own ? "1" : "0",
                needle.get(chunk) ? "1" : "0"));
      }
    }
    List<String> columns =
        List.of(
            "query", "block", "head", "chunk", "first", "mass", "gate", "rank", "own", "needle");
    return new Table("trace", columns, rows);
  }

  /**
   * {@return the file of the table that is written with a page}
   *
   * @param page named {@code *.html}
   */
  public static Path tableBeside(Path page) {
    String name = String.valueOf(page.getFileName());
    return page.resolveSibling(name.replaceFirst("\\.html?$", "") + ".csv");
  }

  /**
   * Writes a page for browsers, which needs nothing beside it, and the table beside it: the same
   * name with {@code .csv}.
   *
   * @param file is replaced if it exists
   * @return the file of the table
   * @throws IOException when they cannot be written
   */
  public Path write(Path file) throws IOException {
    Path csv = tableBeside(file);
    byte[] page = TracePage.of(this).getBytes(StandardCharsets.UTF_8);
    table().write(csv);
    AtomicFile.write(file, page);
    return csv;
  }
}
