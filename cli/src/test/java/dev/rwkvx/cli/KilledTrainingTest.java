package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that is killed at any moment, by {@code kill -9}, goes on to the same bits. Three times by
 * default; {@code -Drwkvx.kills=100} kills more often.
 */
class KilledTrainingTest {
  private static final int KILLS = Integer.getInteger("rwkvx.kills", 3);
  private static final int STEPS = 40;
  private static final int MOST_MILLIS = 300;

  private final SplittableRandom random = new SplittableRandom(9);

  @TempDir private Path folder;
  private Path model;
  private Path data;

  @BeforeEach
  void prepare() throws IOException {
    model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path texts =
        Files.writeString(folder.resolve("texts.txt"), "All work, no play.\n\n".repeat(30));
    data = folder.resolve("data");
    List<Object> build = List.of("data", "build", "--input", texts, "--split-blank");
    assertThat(run(build, "--vocab", "byte", "--out", data)).isZero();
  }

  @Test
  void killedRunsEndWithTheBitsOfOneThatWasNot() throws Exception {
    Path whole = folder.resolve("whole");
    assertThat(run(begin(), "--out", whole)).isZero();
    int kills = 0;
    for (int i = 0; kills < KILLS; i++) {
      Path out = folder.resolve("run-" + i);
      boolean ended = false;
      while (!ended) {
        // The last one may end on its own.
        ended = kills == KILLS ? finish(out) : !killed(out);
        kills += ended ? 0 : 1;
      }
      assertThat(out.resolve("model.safetensors"))
          .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
      assertThat(numbers(out)).isEqualTo(numbers(whole));
      try (Stream<Path> files = Files.walk(out)) {
        assertThat(files.map(Path::toString))
            .noneMatch(name -> name.endsWith(".partial") || name.endsWith(".damaged"));
      }
    }
  }

  private List<Object> begin() {
    return List.of(
        ("train pretrain --model "
                + model
                + " --data "
                + data
                + " --threads 1 --batch 2 --context 20"
                + " --save-every 1 --steps "
                + STEPS)
            .split(" "));
  }

  private static int run(List<Object> command, Object... more) {
    List<Object> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return Rwkvx.run(all.toArray()).exitCode();
  }

  private List<Object> next(Path out) {
    return Files.exists(out.resolve("config.toml"))
        ? List.of("train", "pretrain", "--resume")
        : begin();
  }

  private boolean finish(Path out) {
    assertThat(run(next(out), "--out", out)).isZero();
    return true;
  }

  /** Whether a process was killed; if not, it has ended well. */
  private boolean killed(Path out) throws Exception {
    Path output = folder.resolve("output");
    Process process = start(next(out), out, output);
    if (random.nextInt(4) > 0) {
      // Not before it trains.
      long before = length(out);
      while (process.isAlive() && length(out) <= before) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    LockSupport.parkNanos(1_000_000L * random.nextInt(MOST_MILLIS));
    if (process.isAlive()) {
      process.destroyForcibly().waitFor();
      return true;
    }
    assertThat(process.waitFor()).as(Files.readString(output)).isZero();
    return false;
  }

  private static long length(Path out) throws IOException {
    Path metrics = out.resolve("metrics.csv");
    return Files.exists(metrics) ? Files.size(metrics) : 0;
  }

  private static Process start(List<Object> arguments, Path out, Path output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    String path = System.getProperty("java.class.path");
    command.add(System.getProperty("surefire.test.class.path", path));
    command.add(Main.class.getName());
    arguments.forEach(argument -> command.add(argument.toString()));
    command.addAll(List.of("--out", out.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  /** The metrics but for the speeds. */
  private static List<String> numbers(Path out) throws IOException {
    return Files.readAllLines(out.resolve("metrics.csv")).stream()
        .map(line -> line.replaceFirst("^((?:[^,]*,){6})[^,]*", "$1"))
        .toList();
  }
}
