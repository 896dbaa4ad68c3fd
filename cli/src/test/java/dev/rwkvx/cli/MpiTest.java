package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks that {@code mpirun} starts on this machine. */
class MpiTest {
  private static final int STEPS = 150;
  private static final int SAVE_EVERY = 10;

  @TempDir private Path folder;
  private Path model;
  private Path data;

  @BeforeAll
  static void needsOpenMpi() throws Exception {
    assumeTrue(isInstalled(), "Open MPI is not installed (openmpi-bin): nothing is tested with it");
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      Process version =
          new ProcessBuilder("mpirun", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return version.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    model = RandomModels.write(folder.resolve("model.safetensors"), 256, "byte");
    Path texts = folder.resolve("texts.txt");
    // Nothing in it can be learnt by heart, so that rounding stays rounding.
    SplittableRandom random = new SplittableRandom(1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      text.append((char) random.nextInt('a', 'z')).append(i % 40 == 39 ? "\n\n" : "");
    }
    Files.writeString(texts, text);
    data = folder.resolve("data");
    Rwkvx built =
        Rwkvx.run(
            "data", "build", "--input", texts, "--split-blank", "--vocab", "byte", "--out", data);
    assertThat(built.exitCode()).isZero();
  }

  private List<Object> training(Path out, int batch) {
    return List.of(
        "train",
        "pretrain",
        "--model",
        model,
        "--data",
        data,
        "--context",
        50,
        "--batch",
        batch,
        "--steps",
        STEPS,
        "--lr",
        "2e-4",
        "--save-every",
        SAVE_EVERY,
        "--keep",
        STEPS,
        "--threads",
        1,
        "--out",
        out);
  }

  /** A program on two ranks. */
  private final class Job {
    private final Path output = folder.resolve("output-" + System.nanoTime());
    private final Process process;

    Job(Class<?> program, List<?> arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of("mpirun", "-np", "2", "--oversubscribe"));
      command.addAll(List.of("--allow-run-as-root", "--bind-to", "none"));
      command.add(System.getProperty("java.home") + "/bin/java");
      command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector"));
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
      String path = System.getProperty("java.class.path");
      command.add(System.getProperty("surefire.test.class.path", path));
      command.add(program.getName());
      arguments.forEach(argument -> command.add(argument.toString()));
      ProcessBuilder builder = new ProcessBuilder(command);
      // Containers may forbid a process to read the memory of another.
      builder.environment().put("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
      builder.environment().put("OMPI_MCA_smsc", "^cma");
      process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    int end() throws InterruptedException {
      if (!process.waitFor(20, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("the ranks do not end");
      }
      return process.exitValue();
    }

    String output() throws IOException {
      return Files.readString(output);
    }

    void awaitFile(Path file) throws IOException {
      while (!Files.exists(file)) {
        assertThat(process.isAlive()).as(output()).isTrue();
        LockSupport.parkNanos(2_000_000);
      }
    }
  }

  private Job train(List<?> arguments) throws IOException {
    List<Object> all = new ArrayList<>(arguments);
    all.addAll(List.of("--distributed", "mpi"));
    return new Job(Main.class, all);
  }

  private static Path checkpoint(Path run, int step) {
    return run.resolve("checkpoints/step-%09d.safetensors".formatted(step));
  }

  /** The lines of the metrics without the speed. */
  private static List<String> numbers(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .map(line -> line.split(",", -1))
        .map(fields -> String.join(",", List.of(fields).subList(0, 6)))
        .toList();
  }

  private static double loss(String line) {
    return Double.parseDouble(line.split(",", -1)[2]);
  }

  @Test
  void ranksTrainLikeOneWithTwiceTheBatchAndSurviveDeaths() throws Exception {
    Path whole = folder.resolve("whole");
    Job uninterrupted = train(training(whole, 2));
    Path alone = folder.resolve("alone");
    assertThat(Rwkvx.run(training(alone, 4).toArray()).exitCode()).isZero();
    assertThat(uninterrupted.end()).as(uninterrupted.output()).isZero();
    assertThat(uninterrupted.output())
        .contains("150 steps of 200 tokens on 2 ranks")
        .containsOnlyOnce("model.safetensors is written");
    List<String> expected = numbers(whole);
    List<String> large = numbers(alone);
    assertThat(expected).hasSize(1 + STEPS);
    for (int step = 1; step <= 50; step++) {
      assertThat(loss(expected.get(step))).isCloseTo(loss(large.get(step)), within(1e-4));
    }

    Path parts = folder.resolve("parts");
    Job killed = train(training(parts, 2));
    killed.awaitFile(checkpoint(parts, 2 * SAVE_EVERY));
    ProcessHandle last =
        killed.process.descendants().filter(child -> isJava(child)).toList().getLast();
    assertThat(last.destroyForcibly()).isTrue();
    assertThat(killed.end()).as(killed.output()).isNotZero();
    assertThat(parts.resolve("model.safetensors")).doesNotExist();

    List<Object> resume = List.of("train", "pretrain", "--resume", "--out", parts);
    int next = 2 * SAVE_EVERY;
    while (Files.exists(checkpoint(parts, next))) {
      next += SAVE_EVERY;
    }
    Job stopped = train(resume);
    stopped.awaitFile(checkpoint(parts, next));
    new ProcessBuilder("kill", "-USR1", "" + stopped.process.pid()).start().waitFor();
    assertThat(stopped.end()).as(stopped.output()).isEqualTo(130);
    assertThat(stopped.output()).containsOnlyOnce("saved; 'rwkvx train pretrain --resume");

    Job ended = train(resume);
    assertThat(ended.end()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("going on after step ");
    assertThat(numbers(parts)).isEqualTo(expected);
    assertThat(parts.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));

    Job refused = train(training(parts, 2));
    assertThat(refused.end()).isEqualTo(2);
    assertThat(refused.output()).containsOnlyOnce("holds a run already");
  }

  private static boolean isJava(ProcessHandle process) {
    return process.info().command().filter(command -> command.endsWith("/java")).isPresent();
  }

  @Test
  void weightsThatPartEndTheJob() throws Exception {
    Path config = folder.resolve("config.toml");
    Files.writeString(
        config,
        """
        check_every = 4
        threads = 1
        model.file = "%s"
        data.files = ["%s"]
        data.context = 50
        budget.steps = 20
        """
            .formatted(model, data));
    Path out = folder.resolve("run");
    Job job = new Job(BrokenRank.class, List.of(config, out));

    assertThat(job.end()).isEqualTo(3);
    assertThat(job.output()).contains("After step 4 rank 1 has other weights than rank 0");
    assertThat(out.resolve("model.safetensors")).doesNotExist();
  }
}
