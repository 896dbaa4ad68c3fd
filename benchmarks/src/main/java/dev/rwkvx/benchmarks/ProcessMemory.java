package dev.rwkvx.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory of this process, in bytes.
 *
 * @param resident all that stands in memory, pages of mapped files included
 * @param anonymous the part that is no file's and that the system cannot drop
 */
public record ProcessMemory(long resident, long anonymous) {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** "5" makes the peak what is resident now. */
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** As the system counts it; where it does not tell, what the JVM has committed. */
  public static ProcessMemory now() {
    try {
      List<String> status = Files.readAllLines(STATUS);
      return new ProcessMemory(kilobytes(status, "VmRSS:"), kilobytes(status, "RssAnon:"));
    } catch (IOException | NumberFormatException noSuchSystem) {
      return committed();
    }
  }

  /**
   * The most that was resident since {@link #resetPeak}, or since the start where the system does
   * not let the peak be reset; what is resident now where it knows no peak.
   */
  public static long peak() {
    try {
      return Math.max(kilobytes(Files.readAllLines(STATUS), "VmHWM:"), now().resident());
    } catch (IOException | NumberFormatException noSuchSystem) {
      return committed().resident();
    }
  }

  /**
   * Starts a new peak, if the system permits.
   *
   * @return whether it did
   */
  public static boolean resetPeak() {
    try {
      Files.writeString(CLEAR, "5");
      return true;
    } catch (IOException notPermitted) {
      return false;
    }
  }

  private static long kilobytes(List<String> status, String name) {
    for (String line : status) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    return 0;
  }

  private static ProcessMemory committed() {
    var memory = ManagementFactory.getMemoryMXBean();
    long bytes =
        memory.getHeapMemoryUsage().getCommitted() + memory.getNonHeapMemoryUsage().getCommitted();
    return new ProcessMemory(bytes, bytes);
  }
}
