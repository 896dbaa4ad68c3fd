package dev.rwkvx.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a job works on.
 *
 * @param rows the columns to keep, then the text, the key and what is wrong with the row
 * @param kept names of the columns to keep
 */
record Corpus(Dataset<Row> rows, List<String> kept) {
  // Places behind the columns that are kept.
  static final int TEXT = 0;
  static final int KEY = 1;
  static final int ERROR = 2;

  /** Name of the key's column; a name that no input should have. */
  static final String KEY_COLUMN = "rwkvx key";

  /** What a line that is no JSON ends up in. */
  static final String CORRUPT_COLUMN = "corrupt_line";

  private static final String TEXT_COLUMN = "rwkvx text";
  private static final String ERROR_COLUMN = "rwkvx error";

  /** Formats of files, by the names that Spark has for them. */
  enum Format {
    jsonl("json"),
    parquet("parquet");

    final String spark;

    Format(String spark) {
      this.spark = spark;
    }
  }

  /**
   * Looks at the files. A row's key follows from its id if there are ids, or else from all its
   * fields; not from its place.
   *
   * @param format of the files, or null to go by their names
   * @param field with the text
   * @param id field that tells rows apart, or null
   * @param keep fields to keep, or null for all
   * @throws InputException when there are no files, or they lack a field
   */
  static Corpus open(
      SparkSession spark,
      List<String> inputs,
      @Nullable Format format,
      String field,
      @Nullable String id,
      @Nullable List<String> keep) {
    Dataset<Row> input = read(spark, inputs, format);
    List<String> fields = List.of(input.columns());
    String names = String.join(", ", inputs);
    require(fields, field, names, "--prompt-field or --text-field");
    if (id != null) {
      require(fields, id, names, "--id");
    }
    List<String> kept = keep == null ? fields : keep;
    kept.forEach(name -> require(fields, name, names, "--keep"));
    if (!input.schema().apply(field).dataType().equals(DataTypes.StringType)) {
      throw new InputException(
          "%s: the field '%s' is of type %s; expected text"
              .formatted(names, field, input.schema().apply(field).dataType().simpleString()));
    }
    List<Column> columns = new ArrayList<>();
    kept.forEach(name -> columns.add(column(name)));
    columns.add(column(field).as(TEXT_COLUMN));
    columns.add(key(id == null ? fields : List.of(id)).as(KEY_COLUMN));
    columns.add(error(fields, field).as(ERROR_COLUMN));
    return new Corpus(input.select(columns.toArray(Column[]::new)), kept);
  }

  private static void require(List<String> fields, String name, String input, String option) {
    if (!fields.contains(name)) {
      throw new InputException(
          "%s: no row has the field '%s' (%s); found %s"
              .formatted(input, name, option, String.join(", ", fields)));
    }
  }

  /** By its whole name, dots and all. */
  private static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  private static Column key(List<String> fields) {
    Column[] sorted = fields.stream().sorted().map(Corpus::column).toArray(Column[]::new);
    return sha2(to_json(struct(sorted)).cast("binary"), 256);
  }

  private static Column error(List<String> fields, String field) {
    Column missing =
        when(column(field).isNull(), lit("the field '%s' is missing or null".formatted(field)));
    return fields.contains(CORRUPT_COLUMN)
        ? when(col(CORRUPT_COLUMN).isNotNull(), lit("the line is no JSON object"))
            .otherwise(missing)
        : missing.otherwise(lit(null).cast("string"));
  }

  private static Dataset<Row> read(
      SparkSession spark, List<String> inputs, @Nullable Format format) {
    try {
      Format known = format;
      for (String input : inputs) {
        Format own = formatOf(spark, input);
        known = known == null ? own : known;
        if (format == null && own != known) {
          throw new InputException(
              "%s: %s files beside %s files; expected one format, or --in-format"
                  .formatted(input, own, known));
        }
      }
      if (known == null) {
        throw new InputException("--in is missing");
      }
      return spark
          .read()
          .option("columnNameOfCorruptRecord", CORRUPT_COLUMN)
          .format(known.spark)
          .load(inputs.toArray(String[]::new));
    } catch (InputException e) {
      throw e;
    } catch (Exception e) {
      throw new InputException(
          "%s: cannot be read (%s)".formatted(String.join(", ", inputs), Failures.firstLine(e)), e);
    }
  }

  /** By the name of the first file. */
  private static Format formatOf(SparkSession spark, String input) throws IOException {
    Path path = new Path(input);
    FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
    FileStatus @Nullable [] found = files.globStatus(path);
    if (found == null || found.length == 0) {
      throw new InputException(input + ": no such file or folder");
    }
    Arrays.sort(found);
    RemoteIterator<LocatedFileStatus> all = files.listFiles(found[0].getPath(), true);
    while (all.hasNext()) {
      String name = all.next().getPath().getName().toLowerCase(Locale.ROOT);
      if (name.startsWith("_") || name.startsWith(".")) {
        continue;
      }
      if (name.endsWith(".parquet")) {
        return Format.parquet;
      }
      return Format.jsonl;
    }
    throw new InputException(input + ": no files in there; expected JSON lines or Parquet");
  }
}
