package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The loss by position: does a model predict the better, the more of a document it has read? All
 * documents are read up to the same length, so that every position is of the same documents.
 */
public final class LongLoss implements Evaluation<LongLoss.Losses> {
  private final Subject subject;
  private final Options options;
  private final List<int[]> documents;

  /**
   * What is read.
   *
   * @param context tokens of each document; shorter ones are left out
   * @param samples the most documents
   * @param firstBin positions of the first bin
   * @param doubling whether each further bin is as long as all before it; else all are equally long
   */
  public record Options(int context, int samples, int firstBin, boolean doubling) {
    /** Where the bins end: the last at {@code context}. */
    List<Integer> ends() {
      List<Integer> ends = new ArrayList<>();
      for (long end = firstBin; end < context; end += doubling ? end : firstBin) {
        ends.add((int) end);
      }
      ends.add(context);
      return ends;
    }
  }

  /**
   * The losses of a document.
   *
   * @param sums over the positions of each bin
   * @param counts of these positions
   */
  public record Losses(List<Double> sums, List<Integer> counts) {}

  /**
   * Finds the documents that are long enough.
   *
   * @param subject the model
   * @param texts documents of any length
   * @param options how long documents have to be, and how positions are grouped
   * @throws InputException when there are none
   */
  public LongLoss(Subject subject, Texts texts, Options options) {
    this.subject = subject;
    this.options = options;
    documents = new ArrayList<>();
    int longest = 0;
    for (byte[] text : texts.documents()) {
      if (documents.size() < options.samples()) {
        int[] tokens = Texts.fromStart(text, subject.tokenizer());
        longest = Math.max(longest, tokens.length);
        if (tokens.length >= options.context()) {
          documents.add(Arrays.copyOf(tokens, options.context()));
        }
      }
    }
    if (documents.isEmpty()) {
      throw new InputException(
          "No document has %d tokens, the longest has %d; expected longer texts or a smaller"
                  .formatted(options.context(), longest)
              + " --context");
    }
  }

  @Override
  public String name() {
    return "longloss";
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("data", Texts.fingerprint(documents));
    settings.put("context", options.context());
    settings.put("bins", options.ends());
    return settings;
  }

  @Override
  public Class<Losses> outcomeType() {
    return Losses.class;
  }

  @Override
  public Report run(Journal<Losses> journal, EvaluationListener listener) {
    List<Integer> pending = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      if (!journal.has(name(i))) {
        pending.add(i);
      }
    }
    LossReader reader =
        new LossReader(subject, listener, (long) pending.size() * options.context());
    for (int i : pending) {
      journal.add(Map.of(name(i), losses(reader, documents.get(i))));
    }
    return report(journal);
  }

  /** Documents are counted from 1. */
  private static String name(int document) {
    return String.valueOf(document + 1);
  }

  private Losses losses(LossReader reader, int[] tokens) {
    List<Integer> ends = options.ends();
    double[] sums = new double[ends.size()];
    int[] counts = new int[ends.size()];
    reader.read(
        tokens,
        0,
        tokens.length,
        (index, loss) -> {
          int bin = 0;
          while (ends.get(bin) <= index) {
            bin++;
          }
          sums[bin] += loss;
          counts[bin]++;
        });
    return new Losses(Arrays.stream(sums).boxed().toList(), Arrays.stream(counts).boxed().toList());
  }

  private Report report(Journal<Losses> journal) {
    List<Integer> ends = options.ends();
    List<List<String>> rows = new ArrayList<>();
    double total = 0;
    long tokens = 0;
    for (int bin = 0; bin < ends.size(); bin++) {
      double sum = 0;
      long count = 0;
      for (int i = 0; i < documents.size(); i++) {
        Losses losses = journal.outcome(name(i));
        sum += losses.sums.get(bin);
        count += losses.counts.get(bin);
      }
      total += sum;
      tokens += count;
      if (count > 0) {
        rows.add(
            List.of(
                String.valueOf(bin == 0 ? 0 : ends.get(bin - 1)),
                String.valueOf(ends.get(bin)),
                String.valueOf(count),
                String.format(Locale.ROOT, "%.6f", sum / count),
                String.format(Locale.ROOT, "%.6g", Math.exp(sum / count))));
      }
    }
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("documents", documents.size());
    summary.put("tokens", tokens);
    summary.put("loss", total / tokens);
    Table table = new Table(name(), List.of("from", "to", "tokens", "loss", "perplexity"), rows);
    Chart chart =
        new Chart(
            "",
            "position (tokens)",
            "loss (nats per token)",
            options.doubling() ? Scale.LOG : Scale.LINEAR,
            Scale.CLOSE,
            List.of(table.series("loss", "to", "loss")));
    return new Report(table, table, summary, chart);
  }
}
