package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Exact;
import dev.rwkvx.model.CacheOptions.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that know the tokens before them: the same bits however the tokens are read. */
class KeyConvolutionTest {
  private static final Config PLAIN = new Config(61, 64, 32, 2, 2, 8, 3);
  private static final int LENGTH = 150;

  @TempDir private Path folder;

  private static RwkvX open(int width, int threads, Kernels kernels) {
    return RwkvX.open(
        RandomModel.create(PLAIN.withKeyWidth(width), WeightType.F32, 3),
        ModelOptions.defaults().withThreads(threads).withKernels(kernels));
  }

  private static int[] tokens() {
    return new SplittableRandom(4).ints(LENGTH, 0, PLAIN.vocabulary()).toArray();
  }

  private static float[] read(RwkvX model, State state, int from, int to) {
    float[] logits = new float[(to - from) * PLAIN.vocabulary()];
    model.forwardAll(
        tokens(),
        from,
        to,
        state,
        (first, count, rows) ->
            System.arraycopy(
                rows, 0, logits, first * PLAIN.vocabulary(), count * PLAIN.vocabulary()));
    return logits;
  }

  private static float[] inPieces(RwkvX model, State state, int piece) {
    float[] logits = new float[LENGTH * PLAIN.vocabulary()];
    for (int at = 0; at < LENGTH; at += piece) {
      float[] rows = read(model, state, at, Math.min(at + piece, LENGTH));
      System.arraycopy(rows, 0, logits, at * PLAIN.vocabulary(), rows.length);
    }
    return logits;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void schedulesThreadsAndKernelsAgree(int width) {
    for (Policy policy : List.of(new Exact(), new Bounded(60, 30, 10, 4))) {
      CacheOptions options = new CacheOptions(policy, WeightType.F32);
      float[] whole;
      try (RwkvX model = open(width, 2, new VectorKernels())) {
        whole = inPieces(model, model.newState(options), LENGTH);
        for (int piece : new int[] {1, 2, 7}) {
          assertThat(inPieces(model, model.newState(options), piece)).isEqualTo(whole);
        }
      }
      try (RwkvX model = open(width, 1, new ScalarKernels())) {
        assertThat(inPieces(model, model.newState(options), 5)).isEqualTo(whole);
      }
    }
  }

  @Test
  void batchesForksAndSavedStatesGoOnWithTheSameBits() {
    try (RwkvX model = open(4, 2, new VectorKernels())) {
      float[] expected = read(model, model.newState(), 0, LENGTH);
      for (int position : new int[] {1, 2, 9, 100}) {
        State state = model.newState();
        read(model, state, 0, position);
        Path file = folder.resolve("state.safetensors");
        StateFile.save(state, model, file);
        List<State> states = List.of(state, state.fork(), StateFile.load(file, model));
        List<Run> runs = new ArrayList<>();
        for (State each : states) {
          runs.add(new Run(each, tokens(), position, LENGTH, new float[PLAIN.vocabulary()]));
        }
        model.forward(runs);
        for (Run run : runs) {
          assertThat(run.logits())
              .isEqualTo(
                  Arrays.copyOfRange(expected, (LENGTH - 1) * PLAIN.vocabulary(), expected.length));
        }
      }
    }
  }

  @Test
  void resetForgetsTheKeysBefore() {
    try (RwkvX model = open(3, 1, new VectorKernels())) {
      State state = model.newState();
      float[] expected = read(model, state, 0, 20);
      state.reset();
      assertThat(read(model, state, 0, 20)).isEqualTo(expected);
    }
  }

  /** k_t = u_t + SiLU(Σ c_j ⊙ u_{t−j}), at two heads of 5 channels. */
  @Test
  void isTheEquation() {
    int width = 3;
    int channels = 10;
    SplittableRandom random = new SplittableRandom(1);
    float[] c = floats(random, width * channels);
    float[] u = floats(random, 4 * channels);
    float[] before = floats(random, (width - 1) * channels);
    float[] all = new float[6 * channels];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(u, 0, all, before.length, u.length);
    float[] k = new float[u.length];
    KeyConvolution convolution = new KeyConvolution(width, c);
    for (int head = 0; head < 2; head++) {
      convolution.head(new ScalarKernels(), 5 * head, before, u, k, 5 * head, 4, new float[5]);
    }
    for (int i = 0; i < k.length; i++) {
      double z = 0;
      for (int j = 0; j < width; j++) {
        z += c[j * channels + i % channels] * all[i + (width - 1 - j) * channels];
      }
      assertThat((double) k[i]).isCloseTo(u[i] + z / (1 + Math.exp(-z)), within(1e-6));
    }
    assertThat(before).isEqualTo(Arrays.copyOfRange(u, 2 * channels, 4 * channels));
  }

  private static float[] floats(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-2, 2);
    }
    return values;
  }

  @Test
  void zeroTapsGiveThePapersModel() {
    Checkpoint plain = RandomModel.create(PLAIN, WeightType.F32, 3);
    LazyCheckpoint convolved = new LazyCheckpoint(plain.path(), plain.metadata());
    for (String name : plain.names()) {
      convolved.add(
          new TensorHeader(name, plain.type(name), plain.shape(name)), () -> plain.tensor(name));
    }
    for (int j = 0; j < 2; j++) {
      String name = KeyConvolution.name(j);
      convolved.add(
          new TensorHeader(name, DType.F32, new long[] {3, 64}),
          () -> Tensor.of(name, DType.F32, new long[] {3, 64}, new float[3 * 64]));
    }
    try (RwkvX one = RwkvX.open(plain, ModelOptions.defaults());
        RwkvX other = RwkvX.open(convolved, ModelOptions.defaults())) {
      assertThat(other.config()).isEqualTo(PLAIN.withKeyWidth(3));
      assertThat(read(other, other.newState(), 0, LENGTH))
          .isEqualTo(read(one, one.newState(), 0, LENGTH));
    }
  }

  @Test
  void wrongShapesAreNamed() {
    Checkpoint model = RandomModel.create(PLAIN, WeightType.F32, 3);
    LazyCheckpoint wrong = new LazyCheckpoint(model.path(), model.metadata());
    for (String name : model.names()) {
      wrong.add(
          new TensorHeader(name, model.type(name), model.shape(name)), () -> model.tensor(name));
    }
    String name = KeyConvolution.name(0);
    wrong.add(
        new TensorHeader(name, DType.F32, new long[] {17, 64}),
        () -> Tensor.of(name, DType.F32, new long[] {17, 64}, new float[17 * 64]));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> RwkvX.open(wrong, ModelOptions.defaults()))
        .withMessageContaining(name)
        .withMessageContaining("[17, 64]");
  }
}
