package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Exact;
import dev.rwkvx.model.CacheOptions.Policy;
import dev.rwkvx.model.CacheOptions.Spill;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every policy and every type of entry gives the same bits under every schedule. */
class CacheOptionsTest {
  private static final Config CONFIG = new Config(61, 64, 32, 2, 2, 8, 3);

  /** More than 50 chunks, and several cuts. */
  private static final int LENGTH = 430;

  private static final Bounded BOUNDED = new Bounded(130, 70, 25, 6);
  private static final List<WeightType> TYPES =
      List.of(WeightType.F32, WeightType.BF16, WeightType.Q8);

  @TempDir private Path folder;

  private static RwkvX open(int threads, Kernels kernels) {
    return RwkvX.open(
        RandomModel.create(CONFIG, WeightType.F32, 3),
        ModelOptions.defaults().withThreads(threads).withKernels(kernels));
  }

  private static int[] tokens(long seed) {
    return new SplittableRandom(seed).ints(LENGTH, 0, CONFIG.vocabulary()).toArray();
  }

  /** The logits of every position, read in pieces. */
  private static float[] run(RwkvX model, CacheOptions options, int piece) {
    int v = CONFIG.vocabulary();
    float[] logits = new float[LENGTH * v];
    try (State state = model.newState(options)) {
      for (int at = 0; at < LENGTH; at += piece) {
        int start = at;
        model.forwardAll(
            tokens(1),
            at,
            Math.min(at + piece, LENGTH),
            state,
            (first, count, rows) ->
                System.arraycopy(rows, 0, logits, (start + first) * v, count * v));
      }
      assertThat(state.position()).isEqualTo(LENGTH);
    }
    return logits;
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "Q8"})
  void schedulesAgree(WeightType type) {
    for (Policy policy : List.of(new Exact(), BOUNDED, new Spill(folder))) {
      CacheOptions options = new CacheOptions(policy, type);
      float[] whole;
      try (RwkvX model = open(2, new VectorKernels())) {
        whole = run(model, options, LENGTH);
        assertThat(run(model, options, 1)).as("%s one by one", options).isEqualTo(whole);
        assertThat(run(model, options, 23)).as("%s in pieces", options).isEqualTo(whole);
      }
      if (policy == BOUNDED) {
        try (RwkvX model = open(3, new ScalarKernels())) {
          assertThat(run(model, options, 64)).as("%s, scalar", options).isEqualTo(whole);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "Q8"})
  void spilledAndAmplyBoundedAreExact(WeightType type) {
    try (RwkvX model = open(2, new VectorKernels())) {
      float[] exact = run(model, new CacheOptions(new Exact(), type), 50);
      assertThat(run(model, new CacheOptions(new Spill(folder), type), 1)).isEqualTo(exact);
      Bounded ample = new Bounded(LENGTH, 100, 10, 5);
      assertThat(run(model, new CacheOptions(ample, type), 1)).isEqualTo(exact);
      Bounded narrow = new Bounded(LENGTH - 100, 100, 10, 5);
      float[] cut = run(model, new CacheOptions(narrow, type), LENGTH);
      assertThat(difference(exact, cut, cut.length)).isGreaterThan(1e-3f);
    }
  }

  @Test
  void narrowEntriesChangeLittle() {
    try (RwkvX model = open(2, new VectorKernels())) {
      float[] exact = run(model, CacheOptions.exact(), LENGTH);
      float[] bf16 = run(model, CacheOptions.exact().with(WeightType.BF16), LENGTH);
      float[] q8 = run(model, CacheOptions.exact().with(WeightType.Q8), LENGTH);
      // The first chunks are all attended to: later a rounded gate may choose another chunk.
      int early = 3 * CONFIG.chunkSize() * CONFIG.vocabulary();
      assertThat(difference(exact, bf16, early)).isBetween(1e-6f, 0.03f);
      assertThat(difference(exact, q8, early)).isBetween(1e-6f, 0.03f);
    }
  }

  private static float difference(float[] a, float[] b, int count) {
    float largest = 0f;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  @Test
  void batchesOfAllPoliciesAgreeWithEachAlone() {
    int[] prompts = {1, 129, 131, 150};
    List<CacheOptions> options = new ArrayList<>();
    for (WeightType type : TYPES) {
      options.add(new CacheOptions(new Exact(), type));
      options.add(new CacheOptions(new Spill(folder), type));
      options.add(new CacheOptions(BOUNDED, type));
    }
    try (RwkvX model = open(2, new VectorKernels())) {
      for (int prompt : prompts) {
        List<State> alone = options.stream().map(model::newState).toList();
        List<State> together = options.stream().map(model::newState).toList();
        for (int end : new int[] {prompt, prompt + 1, prompt + 40}) {
          List<Run> runs = new ArrayList<>();
          for (int i = 0; i < options.size(); i++) {
            // States of different lengths, so that borders of cuts do not coincide.
            int to = end + 7 * i;
            int from = (int) together.get(i).position();
            runs.add(new Run(together.get(i), tokens(i), from, to, new float[61]));
          }
          model.forward(runs);
          for (int i = 0; i < options.size(); i++) {
            Run run = runs.get(i);
            float[] logits = new float[61];
            model.forward(run.tokens(), run.from(), run.to(), alone.get(i), logits);
            assertThat(run.logits()).as("%s to %d", options.get(i), run.to()).isEqualTo(logits);
          }
        }
        alone.forEach(State::close);
        together.forEach(State::close);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 130, 137, 300})
  void forksAreIndependent(int position) {
    try (RwkvX model = open(2, new VectorKernels())) {
      for (WeightType type : TYPES) {
        for (Policy policy : List.of(new Exact(), BOUNDED, new Spill(folder))) {
          State state = model.newState(new CacheOptions(policy, type));
          read(model, state, tokens(2), 0, position);
          State fork = state.fork();
          float[] expected = read(model, state, tokens(3), 0, 100);
          state.close();
          State other = fork.fork();
          read(model, other, tokens(4), 0, 90);
          other.reset();
          read(model, other, tokens(4), 0, 90);
          assertThat(read(model, fork, tokens(3), 0, 100)).isEqualTo(expected);
          fork.close();
          float[] again = read(model, other, tokens(5), 0, 70);
          other.reset();
          assertThat(other.position()).isZero();
          read(model, other, tokens(4), 0, 90);
          assertThat(read(model, other, tokens(5), 0, 70)).isEqualTo(again);
          other.close();
        }
      }
    }
  }

  private static float[] read(RwkvX model, State state, int[] tokens, int from, int to) {
    float[] logits = new float[CONFIG.vocabulary()];
    model.forward(tokens, from, to, state, logits);
    return logits;
  }

  @Test
  void impossibleOptionsAreRefused() {
    refused(() -> new Bounded(100, 100, 10, 4), "min 100 and max 100");
    refused(() -> new Bounded(100, 0, 0, 4), "min 0");
    refused(() -> new Bounded(100, 50, 51, 4), "found 51");
    refused(() -> new Bounded(100, 50, 20, 0), "found 0");
    refused(() -> new Bounded(Integer.MAX_VALUE, 50, 20, 1000), "found 1000");
    refused(() -> CacheOptions.exact().with(WeightType.Q4), "found q4");
    Config narrow = new Config(61, 48, 16, 2, 1, 8, 3);
    CacheOptions q8 = CacheOptions.exact().with(WeightType.Q8);
    refused(
        () -> new State(narrow, q8, Ablation.NONE, new CacheMemory()), "multiple of 32, found 16");
    CacheOptions nowhere = CacheOptions.exact().with(new Spill(folder.resolve("absent")));
    refused(() -> new State(CONFIG, nowhere, Ablation.NONE, new CacheMemory()), "absent");
  }

  private static void refused(Runnable attempt, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(attempt::run)
        .withMessageContaining(reason);
  }
}
