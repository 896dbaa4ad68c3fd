package dev.rwkvx.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.TextModel;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

/**
 * Work over a corpus. The corpus is cut into slices by the keys of its rows; each is a job of Spark
 * whose results appear at once, so that a slice is there with all its rows or will be done again.
 */
final class BatchJob {
  private static final String ERROR = "error";

  private final SparkSession spark;
  private final JobArguments arguments;
  private final ModelSource source;
  private final Work work;
  private final PrintStream err;

  BatchJob(
      SparkSession spark, JobArguments arguments, ModelSource source, Work work, PrintStream err) {
    this.spark = spark;
    this.arguments = arguments;
    this.source = source;
    this.work = work;
    this.err = err;
  }

  /**
   * Does all slices that are not done yet.
   *
   * @param field with the text
   * @return what came out in total
   * @throws InputException when the input, the model or the folder cannot be used
   */
  SequencedMap<String, Object> run(String field) throws IOException {
    SequencedMap<String, Object> settings = new LinkedHashMap<>(arguments.settings());
    settings.put("field", field);
    settings.putAll(work.settings());
    Corpus corpus = arguments.corpus(spark, field);
    StructType schema = schema(corpus);
    long rows = count(corpus);
    int slices = arguments.slices(rows);
    settings.put("rows", rows);
    settings.put("slices", slices);
    TextModel model = ExecutorModels.get(source);
    String fingerprint = model.model().fingerprint();
    settings.put("model", fingerprint);
    settings.put("vocabulary", model.tokenizer().vocabulary().fingerprint());
    settings.put("chunk_size", model.model().config().chunkSize());
    settings.put("top_k_chunks", model.model().config().topK());
    OutputFolder out = OutputFolder.open(spark, arguments.out(), settings, arguments.resume());
    LongAccumulator rowsDone = spark.sparkContext().longAccumulator("rows");
    LongAccumulator tokensDone = spark.sparkContext().longAccumulator("tokens");
    PartitionTask task =
        new PartitionTask(source, fingerprint, work, corpus.kept().size(), rowsDone, tokensDone);
    List<Integer> left = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) {
      if (!out.has(slice)) {
        left.add(slice);
      }
    }
    ProgressListener progress =
        new ProgressListener(rowsDone.id(), tokensDone.id(), rows * left.size() / slices, err);
    spark.sparkContext().addSparkListener(progress);
    try {
      for (int slice : left) {
        write(slice(corpus, slice, slices), task, schema, out.slice(slice));
      }
    } finally {
      spark.sparkContext().removeSparkListener(progress);
    }
    return finish(out);
  }

  /** Of the results: the fields that are kept, what the work found, and what was wrong. */
  private StructType schema(Corpus corpus) {
    List<StructField> fields = new ArrayList<>();
    StructField[] input = corpus.rows().schema().fields();
    for (int i = 0; i < corpus.kept().size(); i++) {
      fields.add(input[i]);
    }
    StructType results = results().add(OutputFolder.SLICE, DataTypes.IntegerType);
    for (String name : results.fieldNames()) {
      if (corpus.kept().contains(name)) {
        throw new InputException(
            "The input has a field '%s', which is the name of a result; rename it, or leave it out"
                    .formatted(name)
                + " with --keep");
      }
    }
    fields.addAll(List.of(results().fields()));
    return new StructType(fields.toArray(StructField[]::new));
  }

  private StructType results() {
    return work.columns().add(ERROR, DataTypes.StringType);
  }

  private static long count(Corpus corpus) {
    long rows;
    try {
      rows = corpus.rows().count();
    } catch (Exception e) {
      throw new InputException("The input cannot be read (" + Failures.firstLine(e) + ")", e);
    }
    if (rows == 0) {
      throw new InputException("The input has no rows; expected at least one");
    }
    return rows;
  }

  private static Dataset<Row> slice(Corpus corpus, int slice, int slices) {
    return corpus
        .rows()
        .filter(pmod(xxhash64(col("`" + Corpus.KEY_COLUMN + "`")), lit(slices)).equalTo(slice));
  }

  /** Partitions by the key, so that a task that is repeated meets the same rows. */
  private void write(Dataset<Row> rows, PartitionTask task, StructType schema, String folder) {
    rows.repartition(arguments.partitions(spark), col("`" + Corpus.KEY_COLUMN + "`"))
        .mapPartitions(task, Encoders.row(schema))
        .write()
        .mode("overwrite")
        .format(arguments.format().spark)
        .save(folder);
  }

  /** Adds up what is in the files, which each row is in once, whatever was repeated. */
  private SequencedMap<String, Object> finish(OutputFolder out) throws IOException {
    Dataset<Row> all =
        spark.read().schema(results()).format(arguments.format().spark).load(arguments.out());
    SequencedMap<String, Object> summary = work.summary(all);
    out.writeSummary(summary);
    return summary;
  }
}
