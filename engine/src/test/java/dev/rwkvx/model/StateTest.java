package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Exact;
import dev.rwkvx.model.CacheOptions.Spill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A state can be forked, reset, saved and loaded, and goes on with the same bits. */
class StateTest {
  // Chunks of 40 keys, over a page border of none; positions fall inside and on chunk borders.
  private static final Config CONFIG = new Config(97, 64, 32, 4, 2, 40, 3);
  private static final Bounded BOUNDED = new Bounded(60, 30, 10, 4);
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

  private static float[] read(State state, int... tokens) {
    float[] logits = new float[CONFIG.vocabulary()];
    model.forward(tokens, 0, tokens.length, state, logits);
    return logits;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 39, 40, 41, 163, 200})
  void forksAreIndependent(int position) {
    State state = model.newState();
    read(state, tokens(position, 2));
    State fork = state.fork();
    float[] expected = read(state, tokens(50, 3));
    State other = fork.fork();
    read(other, tokens(90, 4));
    assertThat(read(fork, tokens(50, 3))).isEqualTo(expected);
    assertThat(fork.position()).isEqualTo(position + 50);
  }

  @Test
  void resetForgetsEverything() {
    State state = model.newState();
    float[] expected = read(state, tokens(70, 5));
    read(state, tokens(70, 6));
    state.reset();
    assertThat(state.position()).isZero();
    assertThat(read(state, tokens(70, 5))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 39, 40, 41, 163, 200})
  void loadedStatesGoOnWithTheSameBits(int position) {
    State state = model.newState();
    if (position > 0) {
      read(state, tokens(position, 7));
    }
    Path file = folder.resolve("state.safetensors");
    StateFile.save(state, model, file);
    State loaded = StateFile.load(file, model);
    assertThat(loaded.position()).isEqualTo(position);
    assertThat(read(loaded, tokens(60, 8))).isEqualTo(read(state, tokens(60, 8)));
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "Q8"})
  void allCachesAreSaved(WeightType type) {
    Path file = folder.resolve("state.safetensors");
    // Before, in and after a cut, which takes 7 tokens here: from the 61st, 91st … token on.
    int[] positions = IntStream.concat(IntStream.of(0, 1), IntStream.range(59, 99)).toArray();
    for (int position : positions) {
      boolean bounded = position % 40 != 0;
      CacheOptions options = new CacheOptions(bounded ? BOUNDED : new Spill(folder), type);
      try (State state = model.newState(options)) {
        if (position > 0) {
          read(state, tokens(position, 11));
        }
        StateFile.save(state, model, "words", file);
        CacheOptions other = bounded ? options : new CacheOptions(new Exact(), type);
        try (State loaded = StateFile.load(file, model, "words", other)) {
          assertThat(loaded.position()).isEqualTo(position);
          assertThat(read(loaded, tokens(3, 12))).isEqualTo(read(state, tokens(3, 12)));
          assertThat(read(loaded, tokens(70, 13)))
              .as("%s from %d", options, position)
              .isEqualTo(read(state, tokens(70, 13)));
        }
      }
    }
  }

  @Test
  void loadingNeedsTheSameCacheAndVocabulary() {
    Path file = folder.resolve("state.safetensors");
    CacheOptions bounded = CacheOptions.exact().with(BOUNDED);
    State state = model.newState(bounded);
    read(state, tokens(63, 14));
    StateFile.save(state, model, "words", file);
    String saved = "saved with the cache 'f32 bounded max=60 min=30 window=10 observed=4'";
    refused(file, "words", CacheOptions.exact(), saved);
    refused(file, "words", bounded.with(WeightType.BF16), saved);
    refused(file, "words", bounded.with(new Bounded(61, 30, 10, 4)), saved);
    refused(file, "bytes", bounded, "another vocabulary");
    assertThat(StateFile.load(file, model, "", bounded).position()).isEqualTo(63);
  }

  private static void refused(Path file, String vocabulary, CacheOptions options, String reason) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> StateFile.load(file, model, vocabulary, options))
        .withMessageContaining(file.toString())
        .withMessageContaining(reason);
  }

  @Test
  void otherFilesAreNoStates() {
    Path file = folder.resolve("other.safetensors");
    List<TensorHeader> headers = List.of(new TensorHeader("x", DType.F32, new long[] {0}));
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, Map.of())) {
      writer.commit();
    }
    refused(file, "", CacheOptions.exact(), "no saved state");
  }

  @Test
  void recurrentMemoryIsConstantAndCachesGrow() {
    State state = model.newState();
    long recurrent = state.recurrentBytes();
    read(state, tokens(500, 9));
    assertThat(state.recurrentBytes()).isEqualTo(recurrent);
    assertThat(state.cacheBytes()).isGreaterThanOrEqualTo(500L * 64 * 2 * 4 * 2);
    assertThat(state.bytes()).isEqualTo(recurrent + state.cacheBytes());
  }

  @Test
  void statesOfOtherModelsAreRefused() {
    Path file = folder.resolve("state.safetensors");
    try (RwkvX other =
        RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 2), ModelOptions.defaults())) {
      StateFile.save(other.newState(), other, file);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> StateFile.load(file, model))
          .withMessageContaining(file.toString())
          .withMessageContaining("another model");
    }
  }

  @Test
  void statesOfOtherChunkSizesAreRefused() {
    Path file = folder.resolve("state.safetensors");
    ModelOptions options = ModelOptions.defaults().withChunkSize(48);
    try (RwkvX other = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 1), options)) {
      StateFile.save(other.newState(), other, file);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> StateFile.load(file, model))
          .withMessageContaining("chunk size 48");
    }
  }

  @Test
  void halfWrittenStatesAreRefused() throws IOException {
    State state = model.newState();
    read(state, tokens(100, 10));
    Path file = folder.resolve("state.safetensors");
    StateFile.save(state, model, file);
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length += 1 + bytes.length / 50) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatExceptionOfType(InputException.class)
          .as("%d of %d bytes", length, bytes.length)
          .isThrownBy(() -> StateFile.load(file, model));
    }
  }
}
