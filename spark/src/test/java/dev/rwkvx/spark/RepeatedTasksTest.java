package dev.rwkvx.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.generate.TextModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tasks that fail and jobs that are cut off leave the rows of an undisturbed job, once each. */
class RepeatedTasksTest {
  /** Groups handed over so far, and which of them fail; executors are in this process. */
  private static final AtomicInteger GROUPS = new AtomicInteger();

  private static volatile IntPredicate failing = _ -> false;

  @TempDir Path folder;
  private Path model;
  private Path corpus;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private static final class Disturbed implements Work {
    private static final long serialVersionUID = 1L;

    private final Work work;

    Disturbed(Work work) {
      this.work = work;
    }

    @Override
    public StructType columns() {
      return work.columns();
    }

    @Override
    public int group() {
      return 2;
    }

    @Override
    public List<Outcome> results(TextModel opened, List<Text> texts) {
      if (failing.test(GROUPS.getAndIncrement())) {
        throw new IllegalStateException("a machine fails");
      }
      return work.results(opened, texts);
    }

    @Override
    public SequencedMap<String, Object> settings() {
      return work.settings();
    }

    @Override
    public SequencedMap<String, Object> summary(Dataset<Row> results) {
      return work.summary(results);
    }
  }

  @BeforeEach
  void files() throws Exception {
    model = Fixture.model(folder);
    corpus = Fixture.corpus(folder);
    GROUPS.set(0);
    failing = _ -> false;
  }

  private SequencedMap<String, Object> generate(Path out, String... more) throws Exception {
    JobArguments job = new JobArguments();
    String[] usual = {
      "--in",
      corpus.toString(),
      "--out",
      out.toString(),
      "--master",
      "local[2]",
      "--partitions",
      "2",
      "--slice-rows",
      "12"
    };
    String[] all = new String[usual.length + more.length];
    System.arraycopy(usual, 0, all, 0, usual.length);
    System.arraycopy(more, 0, all, usual.length, more.length);
    new CommandLine(job).parseArgs(all);
    WritingArguments writing = new WritingArguments();
    new CommandLine(writing).parseArgs("--max-tokens", "8");
    Work work = new Disturbed(new GenerateWork(writing, 100, 2));
    ModelSource source = new ModelSource(model.toString(), "byte", null, null, 2, false);
    try (SparkSession spark = job.session();
        PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      return new BatchJob(spark, job, source, work, print).run("prompt");
    }
  }

  @Test
  void aTaskThatFailsIsRepeatedWithoutATrace() throws Exception {
    Path calm = folder.resolve("calm");
    generate(calm);
    int groups = GROUPS.getAndSet(0);
    failing = group -> group == 3;
    Path disturbed = folder.resolve("disturbed");

    assertThat(generate(disturbed)).containsEntry("rows", (long) Fixture.ROWS);

    assertThat(GROUPS.get()).isGreaterThan(groups);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("attempt 1 of a task failed");
    assertThat(Fixture.byId(disturbed)).isEqualTo(Fixture.byId(calm)).hasSize(Fixture.ROWS);
  }

  @Test
  void aJobThatIsCutOffGoesOn() throws Exception {
    Path calm = folder.resolve("calm");
    generate(calm);
    int groups = GROUPS.getAndSet(0);
    // Late in the last slice, and again with every attempt.
    failing = group -> group >= groups - 2;
    Path cut = folder.resolve("cut");
    assertThatThrownBy(() -> generate(cut)).hasMessageContaining("a machine fails");
    Path finished = cut.resolve("slice=00000").resolve("_SUCCESS");
    FileTime before = Files.getLastModifiedTime(finished);
    assertThat(Fixture.rows(cut)).hasSizeLessThan(Fixture.ROWS);
    GROUPS.set(0);
    failing = _ -> false;

    assertThat(generate(cut, "--resume")).containsEntry("rows", (long) Fixture.ROWS);

    assertThat(GROUPS.get()).isLessThan(groups);
    assertThat(Files.getLastModifiedTime(finished)).isEqualTo(before);
    assertThat(Fixture.byId(cut)).isEqualTo(Fixture.byId(calm)).hasSize(Fixture.ROWS);
  }
}
