package dev.rwkvx;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what threads allocate once the compiler has removed what it can. That depends on the
 * order in which it gets to the methods, which differs from one JVM to the next: a method that
 * happens to be compiled on its own first may stay a call, and the vector that it returns an object
 * of a hundred bytes. A vector that becomes an object inside a loop over weights costs a thousand
 * times as much. So the work is done in JVMs of its own, until one of them allocates nothing; if
 * none does, the best may have some calls left, but no loop.
 */
public final class Allocation {
  private static final int ATTEMPTS = 3;

  /**
   * Above what 200 tokens with calls that box need; before anything is compiled they need 20 MB.
   */
  private static final long CALLS = 8_000_000;

  private static final Duration WARM_UP = Duration.ofSeconds(8);

  /** For a machine that is busy with other things. */
  private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(60);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** What a measured piece of work allocates. */
  public interface Work {
    long bytes();
  }

  /** The calling thread and all worker threads. */
  public static long[] workingThreads() {
    Thread caller = Thread.currentThread();
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread == caller || thread.getName().startsWith("rwkvx-worker"))
            .toList();
    return threads.stream().mapToLong(Thread::threadId).toArray();
  }

  /** Bytes that these threads have allocated since they started. */
  public static long bytes(long[] threads) {
    long bytes = 0;
    for (long thread : threads) {
      bytes += THREADS.getThreadAllocatedBytes(thread);
    }
    return bytes;
  }

  /**
   * Runs the main method of a class in new JVMs, see above.
   *
   * @param main hands its work, 200 tokens or products, to {@link #report}
   */
  public static void assertVanishes(Class<?> main, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    // Surefire hides the class path behind a jar.
    String classPath = System.getProperty("java.class.path");
    command.addAll(
        List.of("-cp", System.getProperty("surefire.test.class.path", classPath), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < ATTEMPTS && least > 0; attempt++) {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("exit code of " + main.getName()).isZero();
      least = Math.min(least, Long.parseLong(output.strip()));
    }
    assertThat(least).as("bytes allocated when warm, in the best JVM").isLessThan(CALLS);
  }

  /**
   * Repeats work until it allocates nothing, for a while, or as good as nothing, for longer; prints
   * what it allocates in the end.
   */
  public static void report(Work work) {
    long start = System.nanoTime();
    long bytes = work.bytes();
    while (bytes > 0 && isWithin(bytes < CALLS ? WARM_UP : LONGEST_WARM_UP, start)) {
      bytes = work.bytes();
    }
    System.out.println(bytes);
  }

  private static boolean isWithin(Duration time, long start) {
    return System.nanoTime() - start < time.toNanos();
  }
}
