package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Commands that are interrupted leave nothing, and those that are killed nothing that the next run
 * does not remove. How often each is killed is {@code -Drwkvx.kills=N}, after random times.
 */
class InterruptedCommandsTest {
  private static final int KILLS = Integer.getInteger("rwkvx.kills", 1);
  private static final List<String> PLAIN = List.of();

  @TempDir private static Path inputs;
  private static Path model;
  private static Path small;
  private static Path text;

  @TempDir private Path outputs;
  @TempDir private Path logs;
  private Path log;

  /** Commands that write, with how they are called and what they write. */
  private enum Kind {
    CONVERT("o.safetensors"),
    DATA_BUILD("d.bin"),
    SAVE_STATE("s.safetensors");

    private final String output;

    Kind(String output) {
      this.output = output;
    }
  }

  @BeforeAll
  static void prepare() throws IOException {
    model = RandomModels.write(inputs.resolve("m.safetensors"), 60_000, "");
    small = RandomModels.write(inputs.resolve("small.safetensors"), 257, "");
    text = inputs.resolve("t.txt");
    SplittableRandom random = new SplittableRandom(1);
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < 200_000; i++) {
      words
          .append(Integer.toString(random.nextInt(36 * 36 * 36), 36))
          .append(i % 9 == 0 ? '\n' : ' ');
    }
    Files.writeString(text, words, StandardCharsets.UTF_8);
  }

  @BeforeEach
  void beginLog() {
    log = logs.resolve("log");
  }

  private Object[] arguments(Kind kind) {
    Path out = outputs.resolve(kind.output);
    return switch (kind) {
      case CONVERT -> new Object[] {"convert", model, out, "--type", "f32"};
      case DATA_BUILD ->
          new Object[] {
            "data",
            "build",
            "--input",
            text,
            "--vocab",
            "byte",
            "--out",
            outputs.resolve("d"),
            "--shuffle",
            "--separator",
            "\\n"
          };
      case SAVE_STATE ->
          new Object[] {
            "generate",
            "--model",
            small,
            "--vocab",
            "byte",
            "--raw-tokens",
            "1,2,3",
            "--temperature",
            0,
            "--max-tokens",
            9,
            "--save-state",
            out
          };
    };
  }

  private int run(Kind kind) throws IOException, InterruptedException {
    try (Command command = Command.start(log, PLAIN, arguments(kind))) {
      return command.exitCode();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CONVERT", "DATA_BUILD"})
  void interruptedCommandsLeaveNothing(Kind kind) throws IOException, InterruptedException {
    try (Command command = Command.start(log, PLAIN, arguments(kind))) {
      command.awaitPartial(outputs);
      command.terminate();
      assertThat(command.exitCode()).as(Files.readString(log)).isEqualTo(143);
    }
    assertThat(outputs).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource
  void theNextRunRemovesWhatKilledOnesLeave(Kind kind) throws IOException, InterruptedException {
    long start = System.nanoTime();
    assertThat(run(kind)).as(Files.readString(log)).isZero();
    long milliseconds = (System.nanoTime() - start) / 1_000_000;
    byte[] whole = Files.readAllBytes(outputs.resolve(kind.output));
    SplittableRandom random = new SplittableRandom(kind.ordinal());
    List<String> debris = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      try (Command command = Command.start(log, PLAIN, arguments(kind))) {
        if (kill == 0) {
          command.awaitPartial(outputs);
        } else {
          Thread.sleep(random.nextLong(milliseconds));
        }
        command.kill();
        command.exitCode();
      }
      debris.addAll(Command.hidden(outputs));
      Path output = outputs.resolve(kind.output);
      if (Files.exists(output)) {
        assertThat(Arrays.equals(Files.readAllBytes(output), whole)).isTrue();
      }
    }
    assertThat(run(kind)).as(Files.readString(log)).isZero();
    assertThat(Arrays.equals(Files.readAllBytes(outputs.resolve(kind.output)), whole)).isTrue();
    assertThat(Command.hidden(outputs)).as("of %s", debris).isEmpty();
  }

  @Test
  void anInterruptedTextIsSaved() throws IOException, InterruptedException {
    Path state = outputs.resolve("s.safetensors");
    try (Command command =
        Command.start(
            log,
            PLAIN,
            "generate",
            "--model",
            small,
            "--vocab",
            "byte",
            "--raw-tokens",
            "1,2,3",
            "--temperature",
            0,
            "--max-tokens",
            1_000_000,
            "--save-state",
            state)) {
      while (command.isAlive() && Files.size(log) < 100) {
        Thread.sleep(5);
      }
      command.interrupt();
      assertThat(command.exitCode()).as(Files.readString(log)).isEqualTo(130);
    }
    assertThat(Rwkvx.run("info", state).out()).contains("position");
    assertThat(Command.hidden(outputs)).isEmpty();
  }

  /** A limit of the size of files fails like a full disk, and needs no rights. */
  @ParameterizedTest
  @EnumSource
  void filesThatCannotGrowAreNamed(Kind kind) throws IOException, InterruptedException {
    List<String> limited = List.of("bash", "-c", "ulimit -f 8; exec \"$@\"", "bash");
    Path old = Files.writeString(outputs.resolve(kind.output), "old");
    try (Command command = Command.start(log, limited, arguments(kind))) {
      assertThat(command.exitCode()).as(Files.readString(log)).isEqualTo(2);
    }
    assertThat(Files.readString(log)).contains(outputs + "/").contains("cannot be written: ");
    assertThat(old).hasContent("old");
    assertThat(Command.hidden(outputs)).isEmpty();
  }
}
