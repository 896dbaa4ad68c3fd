package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.CubicSamples;
import dev.rwkvx.training.data.DatasetStatistics;
import dev.rwkvx.training.data.TokenFile;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code data build} and {@code data info} tell about a token stream. */
final class DataReport {
  private final PrintStream out;
  private final @Nullable Vocabulary vocabulary;
  private final @Nullable Integer context;

  /**
   * @param vocabulary null where it is not known
   * @param context null where nobody asks how it is sampled
   */
  DataReport(PrintStream out, @Nullable Vocabulary vocabulary, @Nullable Integer context) {
    this.out = out;
    this.vocabulary = vocabulary;
    this.context = context;
    if (context != null && context < 1) {
      throw new InputException("--context is " + context + "; expected 1 or more");
    }
  }

  void print(Path prefix) {
    try (TokenFile stream = TokenFile.open(prefix)) {
      DatasetStatistics statistics = DatasetStatistics.of(stream, vocabulary);
      line(
          "tokens file",
          stream.path() + " (" + stream.type().name().toLowerCase(Locale.ROOT) + ")");
      line("documents", Text.count(statistics.documents()));
      line("tokens", Text.count(statistics.tokens()));
      if (statistics.bytes() >= 0) {
        double perToken =
            statistics.bytes() / (double) Math.max(1, statistics.tokens() - statistics.documents());
        line("bytes per token", String.format(Locale.ROOT, "%.3f", perToken));
      }
      line("document lengths", lengths(statistics));
      line("token 0", ends(statistics));
      line("vocabulary used", used(statistics));
      if (statistics.answers() >= 0) {
        double share = 100.0 * statistics.answers() / Math.max(1, statistics.tokens());
        line(
            "answers",
            String.format(
                Locale.ROOT, "%s tokens (%.2f %%)", Text.count(statistics.answers()), share));
      }
      if (context != null) {
        line("context " + context, sampler(statistics.tokens(), context));
      }
    }
  }

  private void line(String name, String value) {
    out.printf("%-17s %s%n", name, value);
  }

  private static String lengths(DatasetStatistics statistics) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < DatasetStatistics.QUANTILES.length; i++) {
      double share = DatasetStatistics.QUANTILES[i];
      String name =
          share == 0 ? "shortest" : share == 1 ? "longest" : Math.round(100 * share) + " %";
      text.append(i == 0 ? "" : ", ").append(name).append(' ');
      text.append(Text.count(statistics.lengths()[i]));
    }
    return text.toString();
  }

  private static String ends(DatasetStatistics statistics) {
    if (statistics.unended() == 0 && statistics.inside() == 0) {
      return "ends every document and stands nowhere else";
    }
    return "missing at the end of %s documents, %s times inside of one"
        .formatted(Text.count(statistics.unended()), Text.count(statistics.inside()));
  }

  private String used(DatasetStatistics statistics) {
    if (vocabulary == null) {
      return "%s tokens, the highest %s"
          .formatted(Text.count(statistics.distinct()), statistics.highest());
    }
    String share =
        String.format(
            Locale.ROOT,
            "%s of %s tokens (%.1f %%)",
            Text.count(statistics.distinct()),
            Text.count(vocabulary.size()),
            100.0 * statistics.distinct() / vocabulary.size());
    return statistics.unknown() == 0
        ? share
        : share + "; " + Text.count(statistics.unknown()) + " times one that it does not have";
  }

  private static String sampler(long tokens, int context) {
    long prime = CubicSamples.prime(tokens, context);
    return prime == 0
        ? "too long for this data: it needs more than %s tokens".formatted(Text.count(3L * context))
        : "sampled with the prime %d".formatted(prime);
  }
}
