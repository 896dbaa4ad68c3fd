package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What comes in, what goes out, and how Spark runs: the options that all jobs share. */
final class JobArguments {
  /**
   * The flags of {@code dist/jvm.flags} that executors need; Spark adds its own. The cluster knows
   * its machines and ends what takes more than {@code spark.executor.memoryOverhead}.
   */
  private static final String EXECUTOR_FLAGS =
      "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED"
          + " --sun-misc-unsafe-memory-access=allow -XX:MaxDirectMemorySize=1024g";

  /** How often a task is tried, as on a cluster; Spark's own local mode would try once. */
  private static final int ATTEMPTS = 4;

  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\*|\\d+)])?");

  @Option(
      names = "--in",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files or folders of JSON lines or Parquet; any address that Spark can read.")
  private List<String> in = new ArrayList<>();

  @Option(
      names = "--in-format",
      paramLabel = "KIND",
      description = "${COMPLETION-CANDIDATES} (default: Parquet if the files are named so).")
  private Corpus.@Nullable Format inFormat;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "A new folder for the results.")
  private String out = "";

  @Option(
      names = "--format",
      paramLabel = "KIND",
      defaultValue = "jsonl",
      description = "Of the results: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Corpus.Format format = Corpus.Format.jsonl;

  @Option(
      names = "--keep",
      paramLabel = "FIELD",
      split = ",",
      description = "Fields of the input that the results keep (default: all).")
  private @Nullable List<String> keep;

  @Option(
      names = "--id",
      paramLabel = "FIELD",
      description =
          "Field that tells rows apart: the random numbers of a row follow from it (default: from"
              + " all fields).")
  private @Nullable String id;

  @Option(
      names = "--longest",
      paramLabel = "N",
      defaultValue = "65536",
      description = "Tokens of a text; longer ones become errors (default: ${DEFAULT-VALUE}).")
  private int longest = 65536;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Tasks of a slice (default: one per core).")
  private @Nullable Integer partitions;

  @Option(
      names = "--slice-rows",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "Rows, about, after which the results so far are safe (default: ${DEFAULT-VALUE}).")
  private int sliceRows = 10000;

  @Option(
      names = "--resume",
      description = "Go on with a job that was cut off; what is finished stays.")
  private boolean resume;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Where Spark runs, such as local[4] or spark://HOST:7077 (default: what spark-submit"
              + " says, or all cores of this machine).")
  private @Nullable String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark; may be given several times.")
  private Map<String, String> conf = new LinkedHashMap<>();

  @Option(names = "--verbose", description = "Show what Spark has to say.")
  private boolean verbose;

  /**
   * Checks what can be checked at once.
   *
   * @throws InputException naming the option that is out of its range
   */
  void check() {
    requirePositive("--longest", longest);
    requirePositive("--slice-rows", sliceRows);
    if (partitions != null) {
      requirePositive("--partitions", partitions);
    }
  }

  /**
   * @throws InputException when the value is below 1
   */
  static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new InputException(option + " is " + value + "; expected 1 or more");
    }
  }

  String out() {
    return out;
  }

  Corpus.Format format() {
    return format;
  }

  int longest() {
    return longest;
  }

  boolean resume() {
    return resume;
  }

  /** Tasks of a slice. */
  int partitions(SparkSession spark) {
    return partitions == null ? spark.sparkContext().defaultParallelism() : partitions;
  }

  /** Slices for so many rows. */
  int slices(long rows) {
    return Math.toIntExact(Math.ceilDiv(rows, (long) sliceRows));
  }

  /**
   * Looks at the input.
   *
   * @param field with the text
   * @throws InputException when there are no files, or they lack a field
   */
  Corpus corpus(SparkSession spark, String field) {
    return Corpus.open(spark, in, inFormat, field, id, keep);
  }

  /** All that decides which rows there are and how they look, by name. */
  Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("in", in);
    settings.put("format", format.name());
    settings.put("keep", keep == null ? "all" : keep);
    settings.put("id", id == null ? "all fields" : id);
    return settings;
  }

  /**
   * Starts Spark, or what stands for it in this process; to be closed by the caller.
   *
   * @throws InputException when Spark does not start as the options say
   */
  SparkSession session() {
    SparkConf settings = new SparkConf();
    conf.forEach(settings::set);
    if (master != null) {
      settings.setMaster(master);
    }
    settings.setMaster(withAttempts(settings.get("spark.master", "local[*]")));
    settings.setIfMissing("spark.app.name", "rwkvx-spark");
    settings.setIfMissing("spark.ui.showConsoleProgress", "false");
    // What is finished is known by this mark.
    settings.set("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "true");
    settings.set(
        "spark.executor.extraJavaOptions",
        (EXECUTOR_FLAGS + " " + settings.get("spark.executor.extraJavaOptions", "")).strip());
    if (settings.get("spark.master").startsWith("local[")) {
      settings.setIfMissing("spark.driver.host", "localhost");
      settings.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      settings.setIfMissing("spark.ui.enabled", "false");
      settings.setIfMissing("spark.executor.heartbeatInterval", "2s");
    }
    SparkSession spark = started(settings);
    spark.sparkContext().setLogLevel(verbose ? "INFO" : "OFF");
    return spark;
  }

  private static SparkSession started(SparkConf settings) {
    try {
      return SparkSession.builder().config(settings).getOrCreate();
    } catch (Exception e) {
      throw new InputException(
          "Spark does not start with the master '%s' (%s)"
              .formatted(settings.get("spark.master"), Failures.firstLine(e)),
          e);
    }
  }

  private static String withAttempts(String master) {
    Matcher local = LOCAL.matcher(master);
    if (!local.matches()) {
      return master;
    }
    String threads = local.group(1);
    return "local[%s,%d]".formatted(threads == null ? "1" : threads, ATTEMPTS);
  }
}
