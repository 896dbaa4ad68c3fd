package dev.rwkvx.spark;

import dev.rwkvx.generate.TextModel;
import java.io.Serializable;
import java.util.List;
import java.util.SequencedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** What a job does with texts. Sent to executors. */
interface Work extends Serializable {
  /** The columns of the results; {@code error} comes after them. */
  StructType columns();

  /** Texts that a task hands over together. */
  int group();

  /**
   * Does some texts. A result depends on the text, its key and this alone: Spark may ask for it
   * again, elsewhere and in other company.
   *
   * @return one for each text
   */
  List<Outcome> results(TextModel model, List<Text> texts);

  /** All that decides the results besides the model, by name. */
  SequencedMap<String, Object> settings();

  /**
   * What came out in total.
   *
   * @param results rows with {@link #columns()} and {@code error}
   */
  SequencedMap<String, Object> summary(Dataset<Row> results);

  /**
   * A text of the corpus.
   *
   * @param key hexadecimal digits that follow from the row, or its id
   */
  record Text(String key, String text) {}
}
