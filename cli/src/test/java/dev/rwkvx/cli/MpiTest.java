package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks that {@code mpirun} starts on this machine. */
class MpiTest {
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
