package dev.rwkvx.cli;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The command in a process of its own, which can be killed; its output goes to a file. */
final class Command implements AutoCloseable {
  private static final long MOST_SECONDS = 120;

  private final Process process;

  private Command(Process process) {
    this.process = process;
  }

  /**
   * Starts the command.
   *
   * @param log receives what it prints
   * @param prefix what runs Java, such as a shell with a limit; may be empty
   */
  static Command start(Path log, List<String> prefix, Object... arguments) throws IOException {
    List<String> line = new ArrayList<>(prefix);
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> flag.startsWith("--"))
            .toList());
    String classPath = System.getProperty("java.class.path");
    line.addAll(
        List.of(
            "-Xmx256m",
            "-cp",
            System.getProperty("surefire.test.class.path", classPath),
            Main.class.getName()));
    Stream.of(arguments).map(Object::toString).forEach(line::add);
    File output = log.toFile();
    return new Command(
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output).start());
  }

  /** Waits until a hidden file stands in a folder, or the command has ended. */
  void awaitPartial(Path folder) throws IOException, InterruptedException {
    while (process.isAlive() && hidden(folder).isEmpty()) {
      Thread.sleep(1);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The hidden files of a folder. */
  static List<String> hidden(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("."))
          .toList();
    }
  }

  /** What Ctrl-C sends. */
  void interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
  }

  /** Asks the process to end. */
  void terminate() {
    process.destroy();
  }

  /** Ends the process at once. */
  void kill() {
    process.destroyForcibly();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the command does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
