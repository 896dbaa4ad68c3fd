package dev.rwkvx.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Perplexity;
import dev.rwkvx.evaluation.Subject;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Measures how well texts are predicted, as {@link Perplexity} does.
 *
 * @param context tokens of the windows that texts are cut into
 * @param longest tokens of a text
 */
record ScoreWork(int context, int longest) implements Work {
  private static final long serialVersionUID = 1L;

  /** Sums in decimals do not depend on their order; 10 digits behind the point are kept. */
  private static final String EXACT = "decimal(38,10)";

  @Override
  public StructType columns() {
    return new StructType()
        .add("tokens", DataTypes.LongType)
        .add("bytes", DataTypes.LongType)
        .add("loss", DataTypes.DoubleType)
        .add("perplexity", DataTypes.DoubleType)
        .add("bits_per_byte", DataTypes.DoubleType);
  }

  @Override
  public int group() {
    return 1;
  }

  @Override
  public List<Outcome> results(TextModel model, List<Text> texts) {
    Subject subject =
        new Subject(model.model(), model.tokenizer(), CacheOptions.exact(), Ablation.NONE);
    return texts.stream().map(text -> result(subject, text.text())).toList();
  }

  private Outcome result(Subject subject, String text) {
    try {
      Tokens.requireAtMost(longest, subject.tokenizer().encode(text).length);
      Perplexity.Window all =
          Perplexity.of(subject, text.getBytes(StandardCharsets.UTF_8), context);
      if (all.tokens() == 0) {
        return new Outcome.Failed("the text has no token to predict");
      }
      return new Outcome.Done(
          List.of(all.tokens(), all.bytes(), all.mean(), all.perplexity(), all.bitsPerByte()),
          all.tokens());
    } catch (InputException e) {
      return Outcome.Failed.because(e);
    }
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("context", context);
    settings.put("longest", longest);
    return settings;
  }

  @Override
  public SequencedMap<String, Object> summary(Dataset<Row> results) {
    Row all =
        results
            .agg(
                count(lit(1)),
                count(col("error")),
                sum("tokens"),
                sum("bytes"),
                sum(col("loss").multiply(col("tokens")).cast(EXACT)))
            .first();
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("rows", all.getLong(0));
    summary.put("errors", all.getLong(1));
    BigDecimal sum = all.getDecimal(4);
    if (sum != null) {
      long tokens = all.getLong(2);
      long bytes = all.getLong(3);
      double loss = sum.doubleValue() / tokens;
      summary.put("tokens", tokens);
      summary.put("bytes", bytes);
      summary.put("loss", loss);
      summary.put("perplexity", Math.exp(loss));
      summary.put("bits_per_byte", sum.doubleValue() / Math.log(2) / bytes);
    }
    return summary;
  }
}
