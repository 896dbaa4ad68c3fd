package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the results of a job lie: {@code slice=00000/part-…}, {@code slice=00001/part-…} and so on,
 * which readers take for one table. {@code _job.json} has the settings of the job and {@code
 * _summary.json} what came out; readers pass over names that begin so.
 */
final class OutputFolder {
  /** The column that a reader makes of the names of the folders. */
  static final String SLICE = "slice";

  private static final String JOB = "_job.json";
  private static final String SUMMARY = "_summary.json";

  /** What Spark writes when all results of a folder are in place. */
  private static final String DONE = "_SUCCESS";

  private final JsonMapper mapper =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final FileSystem files;
  private final Path folder;

  private OutputFolder(FileSystem files, Path folder) {
    this.files = files;
    this.folder = folder;
  }

  /**
   * Begins a folder, or goes on with one.
   *
   * @param settings all that decides the results: texts, numbers and lists of these
   * @param resume whether results of the same job may be there
   * @throws InputException when there is something else
   */
  static OutputFolder open(
      SparkSession spark, String name, Map<String, Object> settings, boolean resume)
      throws IOException {
    Path path = new Path(name);
    OutputFolder out =
        new OutputFolder(path.getFileSystem(spark.sparkContext().hadoopConfiguration()), path);
    Path job = new Path(path, JOB);
    JsonNode wanted = out.mapper.readTree(out.mapper.writeValueAsString(settings));
    if (resume && out.files.exists(job)) {
      out.requireSame(job, wanted);
    } else if (out.files.exists(path)
        && (!out.files.getFileStatus(path).isDirectory()
            || out.files.listStatus(path).length > 0)) {
      throw new InputException(
          resume
              ? "%s: has no %s; expected the folder of a job that was cut off".formatted(name, JOB)
              : "%s: exists already; expected a new folder, or --resume to go on".formatted(name));
    } else {
      out.write(JOB, wanted);
    }
    return out;
  }

  private void requireSame(Path job, JsonNode wanted) throws IOException {
    JsonNode found;
    try (InputStream in = files.open(job)) {
      found = mapper.readTree(in.readAllBytes());
    } catch (JacksonException e) {
      throw new InputException(job + ": is no JSON", e);
    }
    TreeSet<String> names = new TreeSet<>(found.propertyNames());
    names.addAll(wanted.propertyNames());
    for (String name : names) {
      if (!String.valueOf(found.get(name)).equals(String.valueOf(wanted.get(name)))) {
        throw new InputException(
            "%s is of another job, with %s = %s; expected %s, or another folder"
                .formatted(job, name, found.get(name), wanted.get(name)));
      }
    }
  }

  /** Where a slice's results go. */
  String slice(int slice) {
    return new Path(folder, "%s=%05d".formatted(SLICE, slice)).toString();
  }

  /** Whether a slice is finished. */
  boolean has(int slice) throws IOException {
    return files.exists(new Path(slice(slice), DONE));
  }

  void writeSummary(Map<String, Object> summary) throws IOException {
    write(SUMMARY, summary);
  }

  /** Under another name first, so that the file is whole or not there. */
  private void write(String name, Object content) throws IOException {
    Path whole = new Path(folder, name);
    Path partial = new Path(folder, name + ".partial");
    try (OutputStream out = files.create(partial, true)) {
      out.write((mapper.writeValueAsString(content) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    files.delete(whole, false);
    if (!files.rename(partial, whole)) {
      throw new IOException(whole + ": cannot be written");
    }
  }
}
