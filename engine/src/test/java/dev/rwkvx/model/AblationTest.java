package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.MemoryCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A state without parts of its model, read in whatever way. */
class AblationTest {
  private static final Config CONFIG = new Config(97, 64, 32, 4, 2, 40, 3);
  private static final int RESET = 50;
  private static final CacheOptions EXACT = CacheOptions.exact();
  private static final CacheOptions BOUNDED = EXACT.with(new Bounded(60, 30, 10, 4));

  private static RwkvX model;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    model = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 1), ModelOptions.defaults());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static int[] tokens(int count, long seed) {
    return new SplittableRandom(seed).ints(count, 0, CONFIG.vocabulary()).toArray();
  }

  /** The logits after every token. */
  private static float[][] read(RwkvX reader, State state, int[] tokens, int piece) {
    float[][] logits = new float[tokens.length][];
    for (int from = 0; from < tokens.length; from += piece) {
      int start = from;
      reader.forwardAll(
          tokens,
          from,
          Math.min(tokens.length, from + piece),
          state,
          (first, count, rows) -> {
            int v = CONFIG.vocabulary();
            for (int i = 0; i < count; i++) {
              logits[start + first + i] = Arrays.copyOfRange(rows, i * v, (i + 1) * v);
            }
          });
    }
    return logits;
  }

  @ParameterizedTest
  @CsvSource({"true, 0", "false, 1", "false, 50", "true, 50", "false, 520"})
  void piecesTokensAndBatchesGiveTheSameBits(boolean sparseZeroed, int wkvResetEvery) {
    Ablation ablation = new Ablation(sparseZeroed, wkvResetEvery);
    int[] tokens = tokens(560, 2);
    for (CacheOptions cache : List.of(EXACT, BOUNDED)) {
      float[][] whole = read(model, model.newState(cache, ablation), tokens, tokens.length);
      for (int piece : new int[] {1, 300}) {
        assertThat(read(model, model.newState(cache, ablation), tokens, piece))
            .as("pieces of %d", piece)
            .isDeepEqualTo(whole);
      }
      // Beside a state that has everything, and one that was forked.
      State plain = model.newState(cache);
      State ablated = model.newState(cache, ablation);
      read(model, ablated, Arrays.copyOf(tokens, 49), 49);
      State fork = ablated.fork();
      List<Run> runs = new ArrayList<>();
      for (State state : List.of(ablated, plain, fork)) {
        int from = (int) state.position();
        runs.add(new Run(state, tokens, from, tokens.length, new float[CONFIG.vocabulary()]));
      }
      model.forward(runs);
      assertThat(runs.get(0).logits()).isEqualTo(whole[tokens.length - 1]);
      assertThat(runs.get(2).logits()).isEqualTo(whole[tokens.length - 1]);
      float[][] complete = read(model, model.newState(cache), tokens, tokens.length);
      assertThat(runs.get(1).logits()).isEqualTo(complete[tokens.length - 1]);
      assertThat(whole[tokens.length - 1]).isNotEqualTo(complete[tokens.length - 1]);
    }
  }

  @Test
  void aZeroedBlockIsOneWhoseOutputMatrixIsZero() {
    int[] tokens = tokens(130, 3);
    State zeroed = model.newState(EXACT, new Ablation(true, 0));
    try (RwkvX without =
        RwkvX.open(withZeros("moba.\\d+.att.output.weight"), ModelOptions.defaults())) {
      assertThat(read(model, zeroed, tokens, 64))
          .isDeepEqualTo(read(without, without.newState(), tokens, 64));
    }
    assertThat(zeroed.cacheBytes()).isEqualTo(model.newState().cacheBytes());
  }

  private static Checkpoint withZeros(String pattern) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    Checkpoint original = RandomModel.create(CONFIG, WeightType.F32, 1);
    for (String name : original.names()) {
      Tensor tensor = original.tensor(name);
      MemorySegment zeros = MemorySegment.ofArray(new float[(int) tensor.elements()]);
      tensors.put(
          name, name.matches(pattern) ? Tensor.of(name, DType.F32, tensor.shape(), zeros) : tensor);
    }
    return new MemoryCheckpoint("zeros", tensors, original.metadata());
  }

  @Test
  void wkvStatesAreClearedAndNothingElse() {
    int[] tokens = tokens(2 * RESET + 1, 4);
    State state = model.newState(EXACT, new Ablation(false, RESET));
    State plain = model.newState();
    float[][] logits = read(model, state, tokens, tokens.length);
    float[][] expected = new float[tokens.length][];
    for (int i = 0; i < tokens.length; i++) {
      if (i == RESET || i == 2 * RESET) {
        for (float[] s : plain.wkv) {
          Arrays.fill(s, 0f);
        }
      }
      expected[i] = new float[CONFIG.vocabulary()];
      model.forward(tokens, i, i + 1, plain, expected[i]);
    }
    assertThat(logits).isDeepEqualTo(expected);
  }

  @Test
  void impossibleOnesAndFilesAreRefused() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> new Ablation(false, -1))
        .withMessageContaining("found -1");
    State state = model.newState(EXACT, new Ablation(true, 0));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> StateFile.save(state, model, folder.resolve("state.safetensors")))
        .withMessageContaining("without parts of its model");
    assertThat(folder).isEmptyDirectory();
  }
}
