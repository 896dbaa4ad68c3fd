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

  /** As the system counts it; where it does not tell, what the JVM has committed. */
  public static ProcessMemory now() {
    try {
      List<String> status = Files.readAllLines(STATUS);
      return new ProcessMemory(kilobytes(status, "VmRSS:"), kilobytes(status, "RssAnon:"));
    } catch (IOException | NumberFormatException noSuchSystem) {
      return committed();
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
