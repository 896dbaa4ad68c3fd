package dev.rwkvx.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code rwkvx} command.
 *
 * <p>Exit codes: 0 done, 1 a defect or a failing machine, 2 bad input, 130 interrupted (the JVM's
 * own).
 */
@Command(
    name = "rwkvx",
    description = "Runs RWKV-7 and RWKV-X language models.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
  private static final Map<String, Class<?>> COMMANDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bench", BenchCommand.class),
              Map.entry("chat", ChatCommand.class),
              Map.entry("convert", ConvertCommand.class),
              Map.entry("data", DataCommand.class),
              Map.entry("demo", DemoCommand.class),
              Map.entry("eval", EvalCommand.class),
              Map.entry("generate", GenerateCommand.class),
              Map.entry("grow", GrowCommand.class),
              Map.entry("info", InfoCommand.class),
              Map.entry("init", InitCommand.class),
              Map.entry("logits", LogitsCommand.class),
              Map.entry("merge", MergeCommand.class),
              Map.entry("models", ModelsCommand.class),
              Map.entry("plot", PlotCommand.class),
              Map.entry("pull", PullCommand.class),
              Map.entry("random", RandomCommand.class),
              Map.entry("reproduce", ReproduceCommand.class),
              Map.entry("serve", ServeCommand.class),
              Map.entry("tokenize", TokenizeCommand.class),
              Map.entry("trace", TraceCommand.class),
              Map.entry("train", TrainCommand.class),
              Map.entry("vocab", VocabCommand.class)));

  // Of stat(2).
  private static final int FILE_KIND = 0xf000;
  private static final int CHARACTER_DEVICE = 0x2000;

  final InputStream in;
  final PrintStream out;
  final PrintStream err;

  /** Whether results go to a terminal. */
  final boolean terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @Spec private CommandSpec spec;

  private Main(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  public static void main(String[] arguments) {
    PrintStream out = standardStream(FileDescriptor.out, false);
    PrintStream err = standardStream(StandardError.descriptor(), true);
    System.setErr(err);
    System.exit(run(new Main(System.in, out, err, isTerminal()), arguments));
  }

  /** Runs when there is no command. */
  @Override
  public void run() {
    String commands = String.join(", ", spec.subcommands().keySet());
    throw new ParameterException(spec.commandLine(), "expected a command: " + commands);
  }

  /**
   * Runs one command line and returns its exit code.
   *
   * @param out takes results as UTF-8; it is flushed at the end
   * @param err takes one sentence when something is wrong
   */
  static int run(InputStream in, PrintStream out, PrintStream err, String... arguments) {
    return run(new Main(in, out, err, false), arguments);
  }

  private static int run(Main main, String... arguments) {
    Failures failures = new Failures(main.err);
    CommandLine commandLine =
        withCommands(new CommandLine(main), arguments)
            .setOut(new PrintWriter(main.out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(main.err, true, StandardCharsets.UTF_8))
            .setCaseInsensitiveEnumValuesAllowed(true)
            // A prompt may begin with @.
            .setExpandAtFiles(false)
            .setParameterExceptionHandler(failures::badCommandLine)
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> failures.report(command, failure));
    try {
      return commandLine.execute(arguments);
    } catch (Error error) {
      return failures.report(commandLine, error);
    } finally {
      main.out.flush();
    }
  }

  /**
   * Adds the command that the first argument names, or else all: reading the options of all
   * commands takes longer than most other things at the start.
   */
  private static CommandLine withCommands(CommandLine commandLine, String... arguments) {
    String first = arguments.length == 0 ? "" : arguments[0];
    Class<?> named = COMMANDS.get(first);
    if (named != null) {
      return commandLine.addSubcommand(named);
    }
    if (!first.equals("--version") && !first.equals("-V")) {
      COMMANDS.values().forEach(commandLine::addSubcommand);
    }
    return commandLine;
  }

  /** Whether standard output is a character device; where the system does not tell, it may be. */
  private static boolean isTerminal() {
    try {
      int mode = (int) Files.getAttribute(Path.of("/dev/stdout"), "unix:mode");
      return (mode & FILE_KIND) == CHARACTER_DEVICE;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return true;
    }
  }

  /** UTF-8 whatever the locale: models and files speak it too. */
  private static PrintStream standardStream(FileDescriptor descriptor, boolean autoFlush) {
    var bytes = new BufferedOutputStream(new FileOutputStream(descriptor), 1 << 16);
    return new PrintStream(bytes, autoFlush, StandardCharsets.UTF_8);
  }
}
