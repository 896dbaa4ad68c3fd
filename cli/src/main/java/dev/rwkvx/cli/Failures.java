package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into one sentence for the user and an exit code. */
final class Failures {
  private static final int DEFECT = 1;
  private static final int BAD_INPUT = 2;
  private static final int LONGEST = 4000;

  private static final String LOST_FILE =
      "a file has become shorter while it was read, or its disk fails; expected files that nobody"
          + " changes meanwhile";

  /** What the JDK and the engine say when memory outside the heap has reached its limit. */
  private static final Pattern DIRECT_LIMIT =
      Pattern.compile("^Cannot reserve .*limit: ([0-9]{1,18})\\)");

  private final PrintStream err;

  Failures(PrintStream err) {
    this.err = err;
  }

  /** The command line does not make sense: unknown options, missing or wrong values. */
  int badCommandLine(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    return say(command, describe(failure) + "; see '" + name + " --help'", BAD_INPUT);
  }

  /** A command failed while it ran. */
  int report(CommandLine command, Throwable failure) {
    return switch (failure) {
      case UncheckedIOException wrapped ->
          report(command, Objects.requireNonNull(wrapped.getCause()));
      case InputException bad -> say(command, String.valueOf(bad.getMessage()), BAD_INPUT);
      case FileSystemException file -> say(command, describe(file), BAD_INPUT);
      case IOException io -> say(command, String.valueOf(io.getMessage()), DEFECT);
      case InternalError fault when isLostFile(fault) -> say(command, LOST_FILE, BAD_INPUT);
      case OutOfMemoryError memory -> say(command, describe(memory), DEFECT);
      default -> defect(command, failure);
    };
  }

  /** What the JVM makes of a fault in mapped memory. */
  private static boolean isLostFile(InternalError failure) {
    return String.valueOf(failure.getMessage()).contains("unsafe memory access");
  }

  private int defect(CommandLine command, Throwable failure) {
    if (System.getenv("RWKVX_DEBUG") != null) {
      failure.printStackTrace(err);
      return DEFECT;
    }
    String message = "internal error (" + failure + "); set RWKVX_DEBUG=1 to see where";
    return say(command, message, DEFECT);
  }

  private int say(CommandLine command, String message, int exitCode) {
    // Results written so far come first, and the message stays one line.
    command.getOut().flush();
    String line = Printable.excerpt(message.strip().replaceAll("\\s*\\R\\s*", " "), LONGEST);
    err.println(command.getCommandSpec().qualifiedName() + ": " + line);
    err.flush();
    return exitCode;
  }

  private static String describe(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched) {
      return describe(unmatched);
    }
    String message = String.valueOf(failure.getMessage()).replaceFirst("^Error: ", "");
    return message.isEmpty()
        ? "bad arguments"
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }

  private static String describe(UnmatchedArgumentException failure) {
    CommandLine command = failure.getCommandLine();
    String argument = failure.getUnmatched().getFirst();
    List<String> suggestions = failure.getSuggestions();
    String hint = suggestions.isEmpty() ? "" : ", did you mean '" + suggestions.getFirst() + "'?";
    if (failure.isUnknownOption()) {
      return "unknown option '" + argument + "'" + hint;
    }
    String kind = command.getSubcommands().isEmpty() ? "unexpected argument" : "unknown command";
    return kind + " '" + argument + "'" + hint;
  }

  private static String describe(FileSystemException failure) {
    String file = String.valueOf(failure.getFile());
    String reason =
        switch (failure) {
          case NoSuchFileException _ -> "no such file or folder";
          case AccessDeniedException _ -> "permission denied";
          case FileAlreadyExistsException _ -> "exists already";
          case NotDirectoryException _ -> "is not a folder";
          default -> String.valueOf(failure.getReason());
        };
    return file + ": " + reason;
  }

  private static String describe(OutOfMemoryError failure) {
    Matcher outside = DIRECT_LIMIT.matcher(String.valueOf(failure.getMessage()));
    if (outside.find()) {
      return "out of memory: caches may take %d MiB outside the heap; allow more with "
              .formatted(Long.parseLong(outside.group(1)) >> 20)
          + "RWKVX_JAVA_OPTS=-XX:MaxDirectMemorySize=…";
    }
    long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
    return "out of memory with a heap of %d MiB (%s); allow more with RWKVX_JAVA_OPTS=-Xmx…"
        .formatted(mebibytes, failure.getMessage());
  }
}
