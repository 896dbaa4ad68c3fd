package dev.rwkvx.spark;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code rwkvx-spark} command.
 *
 * <p>Exit codes as those of {@code rwkvx}: 0 done, 1 a defect or a failing machine, 2 bad input,
 * 130 interrupted.
 */
@Command(
    name = "rwkvx-spark",
    description = "Runs RWKV-7 and RWKV-X language models over a corpus, on Apache Spark.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {GenerateCommand.class, ScoreCommand.class})
public final class Main implements Runnable {
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Spec private CommandLine.Model.CommandSpec spec;

  private Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] arguments) {
    System.exit(run(utf8(FileDescriptor.out), utf8(FileDescriptor.err), arguments));
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Runs when there is no command. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command: generate, score");
  }

  /**
   * Runs one command line and returns its exit code.
   *
   * @param out takes the summary
   * @param err takes the progress, and one sentence when something is wrong
   */
  static int run(PrintStream out, PrintStream err, String... arguments) {
    Failures failures = new Failures(err);
    CommandLine command =
        new CommandLine(new Main(out, err))
            .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOverwrittenOptionsAllowed(true)
            .setParameterExceptionHandler(failures::badCommandLine)
            .setExecutionExceptionHandler(failures::report);
    try {
      return command.execute(arguments);
    } catch (Error error) {
      return failures.report(error, command, arguments);
    }
  }

  /** Runs a job and prints what came out. */
  int run(JobArguments job, ModelArguments model, Work work, String field) throws IOException {
    job.check();
    model.check();
    try (SparkSession spark = job.session()) {
      ModelSource source = model.source(spark.sparkContext());
      new BatchJob(spark, job, source, work, err)
          .run(field)
          .forEach((name, value) -> out.println(name + ": " + value));
    }
    return 0;
  }
}
