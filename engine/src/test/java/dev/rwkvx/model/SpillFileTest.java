package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.math.WeightType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spilled pages can be read until the last owner closes; no file outlives its process. */
class SpillFileTest {
  @TempDir private Path folder;

  private static MemorySegment page(long bytes, int value) {
    MemorySegment page = Arena.ofAuto().allocate(bytes, 64);
    for (long at = 0; at < bytes; at += 4096) {
      page.set(ValueLayout.JAVA_INT, at, value);
    }
    return page;
  }

  @Test
  void pagesAreKept() {
    // Some of these do not fit the rest of a 64 MiB piece of the file, one no piece at all.
    long[] sizes = {4096, 40 << 20, 30 << 20, 64, 70 << 20, 8192};
    try (SpillFile file = SpillFile.create(folder)) {
      List<MemorySegment> kept = new ArrayList<>();
      for (int i = 0; i < sizes.length; i++) {
        kept.add(file.keep(page(sizes[i], i + 1)));
      }
      for (int i = 0; i < sizes.length; i++) {
        assertThat(kept.get(i).byteSize()).isEqualTo(sizes[i]);
        assertThat(kept.get(i).mismatch(page(sizes[i], i + 1))).isEqualTo(-1);
        assertThat(kept.get(i).isReadOnly()).isTrue();
      }
    }
  }

  @Test
  void theLastOwnerCloses() {
    SpillFile file = SpillFile.create(folder);
    MemorySegment kept = file.keep(page(4096, 7));
    SpillFile other = file.retain();
    file.close();
    assertThat(kept.get(ValueLayout.JAVA_INT, 0)).isEqualTo(7);
    other.close();
    assertThatThrownBy(() -> kept.get(ValueLayout.JAVA_INT, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void foldersThatCannotBeWrittenAreRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    for (Path place : List.of(folder.resolve("absent"), file)) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> SpillFile.create(place))
          .withMessageContaining(place.toString());
    }
  }

  @Test
  void aKilledProcessLeavesNothing() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Spilling.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("spilled");
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    // What the next start does: open a file of its own.
    SpillFile.create(folder).close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  /** A process that spills and then waits to be killed. */
  static final class Spilling {
    private Spilling() {}

    public static void main(String[] arguments) throws InterruptedException {
      Config config = new Config(1, 64, 32, 1, 1, 16, 2);
      StateMemory memory = new CacheMemory().spilling(Path.of(arguments[0]));
      KvCache cache = new KvCache(config, WeightType.F32, memory);
      cache.reserve(100);
      for (int head = 0; head < 2; head++) {
        cache.append(head, 100, new float[6400], new float[6400], head * 32, 64);
      }
      cache.advance(100);
      System.out.println("spilled");
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
