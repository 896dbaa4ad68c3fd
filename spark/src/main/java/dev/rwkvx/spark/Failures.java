package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Turns whatever went wrong, here or in an executor, into one sentence and an exit code. */
final class Failures {
  private static final int DEFECT = 1;
  private static final int BAD_INPUT = 2;

  private final PrintStream err;

  Failures(PrintStream err) {
    this.err = err;
  }

  /** The command line does not make sense. */
  int badCommandLine(ParameterException failure, String[] arguments) {
    String name = failure.getCommandLine().getCommandSpec().qualifiedName();
    return say(failure.getMessage() + "; see '" + name + " --help'", BAD_INPUT);
  }

  /** A job failed. */
  int report(Throwable failure, CommandLine command, Object parsed) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof InputException) {
        return say(String.valueOf(t.getMessage()), BAD_INPUT);
      }
    }
    if (System.getenv("RWKVX_DEBUG") != null) {
      failure.printStackTrace(err);
      return DEFECT;
    }
    return say(firstLine(failure) + "; set RWKVX_DEBUG=1 or --verbose to see more", DEFECT);
  }

  private int say(String message, int exitCode) {
    err.println("rwkvx-spark: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
    err.flush();
    return exitCode;
  }

  /** What the first cause of all says. */
  static String firstLine(Throwable failure) {
    Throwable root = failure;
    for (@Nullable Throwable t = failure; t != null; t = t.getCause()) {
      root = t;
    }
    return root.toString().lines().findFirst().orElse("");
  }
}
