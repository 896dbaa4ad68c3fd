package dev.rwkvx.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.training.ranks.Ranks;
import dev.rwkvx.training.ranks.ThreadTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose ranks are threads. */
class RanksRunTest {
  @TempDir private Path folder;

  private static RunListener stopper(TrainingRun[] run, long step) {
    return new RunListener() {
      @Override
      public void step(StepMetrics metrics) {
        if (metrics.step() == step) {
          run[0].stop();
        }
      }
    };
  }

  private static boolean train(RunConfig config, Path out, Ranks ranks) throws IOException {
    try (TrainingRun run = TrainingRun.begin(config, out, ranks, new RunListener() {})) {
      return run.run();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cubic", "packed"})
  void ranksTrainLikeOneWithALargerBatch(String sampler) throws Exception {
    Object[] options = {
      "data.sampler",
      sampler,
      "data.accumulate",
      2,
      "validation.files",
      List.of(Runs.stream(folder, "held").toString()),
      "validation.every",
      4,
      "validation.sequences",
      7,
      "long_ce.enabled",
      true,
      "long_ce.trunc",
      5,
      "long_ce.interval",
      4
    };
    Map<String, Object> large = Runs.options(folder, options);
    large.put("data.batch", 6);
    Path alone = folder.resolve("alone");
    List<String[]> expected = Runs.train(Runs.config(Recipe.PRETRAIN, large), alone);
    Path out = folder.resolve("ranks");
    RunConfig config = Runs.config(Recipe.PRETRAIN, Runs.options(folder, options));
    assertThat(ThreadTransport.run(3, ranks -> train(config, out, ranks)))
        .containsExactly(true, true, true);

    List<String[]> found = Runs.metrics(out);
    assertThat(found).hasSameSizeAs(expected);
    for (int step = 0; step < found.size(); step++) {
      for (int column : new int[] {0, 1, 2, 3, 4, 5, 8}) {
        String value = expected.get(step)[column];
        if (value.isEmpty()) {
          assertThat(found.get(step)[column]).isEmpty();
        } else {
          assertThat(Double.parseDouble(found.get(step)[column]))
              .isCloseTo(Double.parseDouble(value), within(1e-4));
        }
      }
    }
    assertThat(expected.get(3)[8]).isNotEmpty();
    assertThat(Files.readString(out.resolve("config.toml"))).contains("data.ranks = 3");
    assertThat(Files.readString(alone.resolve("config.toml"))).doesNotContain("ranks");
  }

  @Test
  void ranksStopTogetherAndGoOnWithTheSameBits() throws Exception {
    RunConfig config = Runs.config(folder);
    Path whole = folder.resolve("whole");
    ThreadTransport.run(2, ranks -> train(config, whole, ranks));
    Path parts = folder.resolve("parts");
    // Only the second rank is asked; its listener is not heard, so it asks before its first step.
    List<Boolean> ended =
        ThreadTransport.run(
            2,
            ranks -> {
              TrainingRun[] run = new TrainingRun[1];
              RunListener listener = ranks.isFirst() ? new RunListener() {} : stopper(run, 1);
              try (TrainingRun opened = TrainingRun.begin(config, parts, ranks, listener)) {
                run[0] = opened;
                if (!ranks.isFirst()) {
                  opened.stop();
                }
                return opened.run();
              }
            });
    assertThat(ended).containsExactly(false, false);
    // Then the first one, after some steps.
    ended =
        ThreadTransport.run(
            2,
            ranks -> {
              TrainingRun[] run = new TrainingRun[1];
              try (TrainingRun opened = TrainingRun.resume(config, parts, ranks, stopper(run, 4))) {
                run[0] = opened;
                return opened.run();
              }
            });
    assertThat(ended).containsExactly(false, false);
    assertThat(parts.resolve("checkpoints/step-000000004.safetensors")).exists();

    RunConfig stored =
        new RunConfigFile().read(Recipe.PRETRAIN, parts.resolve("config.toml"), Map.of());
    assertThatThrownBy(() -> TrainingRun.resume(stored, parts, new RunListener() {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("data.ranks is 2, but one process trains")
        .hasMessageContaining("mpirun -np 2");
    ended =
        ThreadTransport.run(
            2,
            ranks -> {
              try (TrainingRun run =
                  TrainingRun.resume(stored, parts, ranks, new RunListener() {})) {
                return run.run();
              }
            });
    assertThat(ended).containsExactly(true, true);
    assertThat(Runs.numbers(Runs.metrics(parts))).isEqualTo(Runs.numbers(Runs.metrics(whole)));
    assertThat(parts.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
  }

  @Test
  void otherOptionsOnOneOfTheRanksAreRefused() throws Exception {
    RunConfig one = Runs.config(folder);
    RunConfig other = Runs.config(folder, "schedule.lr", 1e-3, "threads", 2);
    Path out = folder.resolve("run");
    assertThatThrownBy(
            () -> ThreadTransport.run(2, ranks -> train(ranks.isFirst() ? one : other, out, ranks)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("The options of rank 1 are not those of rank 0");
    assertThat(out).doesNotExist();
  }

  @Test
  void weightsThatPartAreNoticed() throws Exception {
    RunConfig config = Runs.config(folder, "check_every", 3);
    Path out = folder.resolve("run");
    List<Long> steps = Collections.synchronizedList(new ArrayList<>());
    assertThatThrownBy(() ->
            ThreadTransport.run(
                2,
                ranks -> {
                  RunListener listener =
                      new RunListener() {
                        @Override
                        public void step(StepMetrics metrics) {
                          steps.add(metrics.step());
                        }
                      };
                  try (TrainingRun run = TrainingRun.begin(config, out, ranks, listener)) {
                    if (!ranks.isFirst()) {
                      run.parameters().get("rwkv.head.weight").values()[5] += 1e-3f;
                    }
                    return run.run();
                  }
                }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("After step 3 rank 1 has other weights than rank 0");
    assertThat(steps).containsExactly(1L, 2L);
  }
}
