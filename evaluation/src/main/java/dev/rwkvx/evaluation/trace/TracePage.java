package dev.rwkvx.evaluation.trace;

import dev.rwkvx.evaluation.gate.GateHit;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trace as one HTML file, below two megabytes whatever the text: the data as JSON, and a script
 * that shows it. It asks for nothing else, and its policy lets nothing else run.
 */
final class TracePage {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Chunks in all lists. */
  private static final int MOST_LISTED = 16_000;

  /** Bytes of the texts of chunks, as JSON. */
  private static final int MOST_TEXT = 450_000;

  /** Characters of a chunk where not all texts fit. */
  private static final int MOST_CHARACTERS = 1_200;

  private TracePage() {}

  static String of(Trace trace) {
    // No text may end the element that it stands in.
    String data = JSON.writeValueAsString(data(trace)).replace("<", "\\u003c");
    String page = template();
    return page.replace("{script-hash}", hash(content(page, "script")))
        .replace("{style-hash}", hash(content(page, "style")))
        .replace("{data}", data);
  }

  private static Map<String, Object> data(Trace trace) {
    Trace.TracedText text = trace.text();
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("model", text.model());
    data.put("chunkSize", trace.config().chunkSize());
    data.put("topK", trace.config().topK());
    data.put("blocks", trace.config().sparseBlocks());
    data.put("heads", trace.config().heads());
    data.put("tokens", text.tokens().length);
    data.put("prompt", text.prompt());
    data.put("answer", text.answer());
    data.put("needleText", text.needle());
    data.put("needle", trace.needle().stream().toArray());
    data.put("gateHit", trace.gateHit().map(TracePage::gateHit).orElse(null));
    List<Long> queries = trace.readings().stream().map(Reading::query).distinct().toList();
    data.put("queries", queries.stream().map(query -> query(text, query)).toList());
    data.put("lists", lists(trace, queries));
    data.put("texts", texts(trace));
    if (!trace.pictures().isEmpty()) {
      data.put("rows", trace.pictures().getFirst().rows());
      data.put("columns", trace.pictures().getFirst().columns());
    }
    data.put("pictures", trace.pictures().stream().map(TracePage::picture).toList());
    return data;
  }

  private static Map<String, Object> gateHit(GateHit hit) {
    return Map.of("any", hit.any(), "mean", hit.mean(), "heads", hit.heads());
  }

  /** The position, its token, and the token that was predicted there, if it is in the text. */
  private static List<@Nullable Object> query(Trace.TracedText text, long query) {
    int at = (int) query;
    List<@Nullable Object> fields = new ArrayList<>();
    fields.add(query);
    fields.add(text.decoded(at, at + 1));
    fields.add(at + 1 < text.tokens().length ? text.decoded(at + 1, at + 2) : null);
    return fields;
  }

  /**
   * Query, block, head, chunks that are left out; then chunk, mass, gate and rank of the others.
   */
  private static List<List<Object>> lists(Trace trace, List<Long> queries) {
    int most = Math.max(3, MOST_LISTED / Math.max(1, trace.readings().size()));
    List<List<Object>> lists = new ArrayList<>();
    for (Reading reading : trace.readings()) {
      int count = reading.chunks().length;
      List<Object> fields = new ArrayList<>();
      fields.add(queries.indexOf(reading.query()));
      fields.add(reading.block());
      fields.add(reading.head());
      fields.add(Math.max(0, count - most));
      IntStream.range(0, count)
          .boxed()
          .sorted((a, b) -> Float.compare(reading.mass()[b], reading.mass()[a]))
          .limit(most)
          .forEach(i -> fields.add(chunk(reading, i)));
      lists.add(fields);
    }
    return lists;
  }

  private static List<Object> chunk(Reading reading, int i) {
    double mass = Math.round(1e4 * reading.mass()[i]) / 1e4;
    return i == reading.gates().length
        ? List.of(reading.chunks()[i], mass)
        : List.of(
            reading.chunks()[i],
            mass,
            Math.round(1e3 * reading.gates()[i]) / 1e3,
            reading.ranks()[i]);
  }

  private static Map<String, Object> picture(Picture picture) {
    Base64.Encoder encoder = Base64.getEncoder();
    return Map.of(
        "mass", encoder.encodeToString(picture.mass()),
        "chosen", encoder.encodeToString(picture.chosen()));
  }

  /** All texts by chunk, or those of the lists as far as there is room. */
  private static Map<Integer, String> texts(Trace trace) {
    Map<Integer, String> texts = new LinkedHashMap<>();
    int room = MOST_TEXT;
    for (int chunk = 0; chunk < trace.chunks() && room >= 0; chunk++) {
      room -= put(texts, chunk, trace.chunkText(chunk));
    }
    if (room >= 0) {
      return texts;
    }
    texts.clear();
    room = MOST_TEXT;
    TreeSet<Integer> listed = new TreeSet<>();
    for (Reading reading : trace.readings()) {
      for (int chunk : reading.chunks()) {
        listed.add(chunk);
      }
    }
    trace.needle().stream().forEach(listed::add);
    for (int chunk : listed) {
      String text = trace.chunkText(chunk);
      boolean isLong = text.length() > MOST_CHARACTERS;
      room -= put(texts, chunk, isLong ? text.substring(0, MOST_CHARACTERS) + "…" : text);
      if (room < 0) {
        break;
      }
    }
    return texts;
  }

  /** Returns the bytes that it takes. */
  private static int put(Map<Integer, String> texts, int chunk, String text) {
    texts.put(chunk, text);
    return JSON.writeValueAsBytes(text).length + 12;
  }

  private static String template() {
    try (InputStream in = TracePage.class.getResourceAsStream("trace.html")) {
      if (in == null) {
        throw new IllegalStateException("trace.html is not in the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String content(String page, String tag) {
    String opening = "<" + tag + ">";
    int from = page.indexOf(opening) + opening.length();
    return page.substring(from, page.indexOf("</" + tag + ">", from));
  }

  private static String hash(String content) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
