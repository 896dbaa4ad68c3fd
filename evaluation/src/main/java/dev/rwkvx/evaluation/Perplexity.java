package dev.rwkvx.evaluation;

import dev.rwkvx.plots.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Loss, perplexity and bits per byte of texts. Documents are cut into windows, each read from an
 * empty state behind the token before it; every token counts once.
 */
public final class Perplexity implements Evaluation<Perplexity.Window> {
  private static final List<String> COLUMNS =
      List.of("tokens", "bytes", "loss", "perplexity", "bits_per_byte");

  private final Subject subject;
  private final Texts texts;
  private final int context;
  private final List<int[]> documents;

  /**
   * What a window came to.
   *
   * @param loss sum over its tokens, in nats
   * @param tokens that were predicted
   * @param bytes of these tokens
   */
  public record Window(double loss, long tokens, long bytes) {
    private static final Window NONE = new Window(0, 0, 0);

    private Window plus(Window other) {
      return new Window(loss + other.loss, tokens + other.tokens, bytes + other.bytes);
    }

    /** {@return the loss per token, in nats} */
    public double mean() {
      return loss / tokens;
    }

    /** {@return e to the power of the mean loss} */
    public double perplexity() {
      return Math.exp(mean());
    }

    /** {@return the loss per byte of text, in bits} */
    public double bitsPerByte() {
      return loss / Math.log(2) / bytes;
    }

    private List<String> row() {
      return List.of(
          String.valueOf(tokens),
          String.valueOf(bytes),
          String.format(Locale.ROOT, "%.6f", mean()),
          String.format(Locale.ROOT, "%.6g", perplexity()),
          String.format(Locale.ROOT, "%.6f", bitsPerByte()));
    }
  }

  /** A window's place: it predicts the tokens {@code from + 1 … to − 1} of a document. */
  private record Place(int document, int from, int to) {
    /** Documents are counted from 1. */
    String name() {
      return (document + 1) + "/" + from;
    }
  }

  /**
   * Prepares the evaluation.
   *
   * @param subject the model
   * @param texts at least one document
   * @param context tokens of a window
   * @throws dev.rwkvx.InputException when a text has no tokens
   */
  public Perplexity(Subject subject, Texts texts, int context) {
    this.subject = subject;
    this.texts = texts;
    this.context = context;
    documents =
        texts.documents().stream()
            .map(text -> Texts.fromStart(text, subject.tokenizer()))
            .filter(tokens -> tokens.length > 1)
            .toList();
  }

  /**
   * Measures one text alone.
   *
   * @param subject the model and its vocabulary
   * @param text in UTF-8
   * @param context tokens of a window
   * @return the sum over its windows; without tokens when there is nothing to predict
   * @throws dev.rwkvx.InputException when the text has no tokens, or losses are not finite
   */
  public static Window of(Subject subject, byte[] text, int context) {
    Perplexity alone = new Perplexity(subject, new Texts(List.of(text)), context);
    LossReader reader = new LossReader(subject, EvaluationListener.NONE, 0);
    return alone.places().stream()
        .map(place -> alone.measure(reader, place))
        .reduce(Window.NONE, Window::plus);
  }

  @Override
  public String name() {
    return "ppl";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("data", texts.fingerprint());
    settings.put("context", context);
    return settings;
  }

  @Override
  public Class<Window> outcomeType() {
    return Window.class;
  }

  @Override
  public Report run(Journal<Window> journal, EvaluationListener listener) {
    List<Place> pending = places().stream().filter(place -> !journal.has(place.name())).toList();
    long all = pending.stream().mapToLong(place -> place.to - place.from - 1L).sum();
    LossReader reader = new LossReader(subject, listener, all);
    for (Place place : pending) {
      journal.add(Map.of(place.name(), measure(reader, place)));
    }
    return report(journal);
  }

  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      int last = documents.get(i).length - 1;
      for (int from = 0; from < last; from += context) {
        places.add(new Place(i, from, Math.min(last, from + context) + 1));
      }
    }
    return places;
  }

  private Window measure(LossReader reader, Place place) {
    int[] tokens = documents.get(place.document);
    double[] sum = {0};
    reader.read(tokens, place.from, place.to, (_, loss) -> sum[0] += loss);
    int[] predicted = Arrays.copyOfRange(tokens, place.from + 1, place.to);
    return new Window(sum[0], predicted.length, subject.tokenizer().decode(predicted).length);
  }

  private Report report(Journal<Window> journal) {
    List<List<String>> rows = new ArrayList<>();
    Window all = Window.NONE;
    Window document = Window.NONE;
    List<Place> places = places();
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      Window window = journal.outcome(place.name());
      all = all.plus(window);
      document = document.plus(window);
      if (i == places.size() - 1 || places.get(i + 1).document != place.document) {
        rows.add(withFirst(String.valueOf(place.document + 1), document.row()));
        document = Window.NONE;
      }
    }
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("documents", rows.size());
    summary.put("tokens", all.tokens);
    summary.put("bytes", all.bytes);
    summary.put("loss", all.mean());
    summary.put("perplexity", all.perplexity());
    summary.put("bits_per_byte", all.bitsPerByte());
    return new Report(
        new Table(name(), withFirst("document", COLUMNS), rows),
        new Table(name(), COLUMNS, List.of(all.row())),
        summary);
  }

  private static List<String> withFirst(String first, List<String> rest) {
    List<String> list = new ArrayList<>(List.of(first));
    list.addAll(rest);
    return list;
  }
}
