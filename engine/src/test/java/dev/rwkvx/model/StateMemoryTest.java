package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.CacheOptions.Spill;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory of states comes back when they are closed; closed states are refused. */
class StateMemoryTest {
  private static final Config CONFIG = new Config(50, 32, 32, 2, 2, 40, 3);

  private final RwkvX model =
      RwkvX.open(
          RandomModel.create(CONFIG, WeightType.F32, 1), ModelOptions.defaults().withThreads(2));

  @TempDir private Path folder;

  @AfterEach
  void close() {
    model.close();
  }

  private float[] read(State state, int count, long seed) {
    int[] tokens = new SplittableRandom(seed).ints(count, 0, CONFIG.vocabulary()).toArray();
    float[] logits = new float[CONFIG.vocabulary()];
    model.forward(tokens, 0, count, state, logits);
    return logits;
  }

  private enum Kind {
    EXACT,
    BOUNDED,
    SPILLING
  }

  private CacheOptions options(Kind kind) {
    return switch (kind) {
      case EXACT -> CacheOptions.exact();
      case BOUNDED -> CacheOptions.exact().with(new Bounded(60, 30, 10, 4));
      case SPILLING -> CacheOptions.exact().with(new Spill(folder));
    };
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLeftAfterTheLastClose(Kind kind) {
    State state = model.newState(options(kind));
    read(state, 100, 1);
    long one = model.cacheBytes();
    assertThat(one).isPositive();
    State fork = state.fork();
    read(fork, 300, 2);
    read(state, 170, 3);
    State forkOfFork = fork.fork();
    fork.close();
    state.close();
    assertThat(model.cacheBytes()).isPositive();
    read(forkOfFork, 50, 4);
    forkOfFork.close();
    assertThat(model.cacheBytes()).isZero();
    assertThat(state.cacheBytes()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void forksKeepWhatTheyShare(Kind kind) {
    try (State alone = model.newState(options(kind));
        State state = model.newState(options(kind))) {
      read(alone, 130, 1);
      read(state, 130, 1);
      try (State fork = state.fork()) {
        state.close();
        assertThat(read(fork, 90, 2)).isEqualTo(read(alone, 90, 2));
      }
    }
    assertThat(model.cacheBytes()).isZero();
  }

  @Test
  void whatWasReadAfterAForkGoesWithItsReader() {
    try (State state = model.newState()) {
      read(state, 100, 1);
      try (State kept = state.fork()) {
        long atFork = model.cacheBytes();
        read(state, 2000, 2);
        assertThat(model.cacheBytes()).isGreaterThan(4 * atFork);
        state.close();
        assertThat(model.cacheBytes()).isEqualTo(atFork);
        assertThat(kept.position()).isEqualTo(100);
      }
    }
  }

  @Test
  void aConversationThatIsMarkedAndCutDoesNotGrow() {
    try (State state = model.newState(options(Kind.BOUNDED))) {
      State mark = state.fork();
      long most = 0;
      for (int turn = 0; turn < 100; turn++) {
        read(state, 47, turn);
        mark.close();
        mark = state.fork();
        if (turn < 20) {
          most = Math.max(most, model.cacheBytes());
        }
        assertThat(model.cacheBytes()).as("after turn %d", turn).isLessThanOrEqualTo(2 * most);
      }
      mark.close();
    }
    assertThat(model.cacheBytes()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void resetGivesBack(Kind kind) {
    try (State state = model.newState(options(kind))) {
      float[] expected = read(state, 100, 1);
      state.reset();
      assertThat(model.cacheBytes()).isZero();
      assertThat(read(state, 100, 1)).isEqualTo(expected);
    }
  }

  @Test
  void twoHundredStatesTakeTheMemoryOfOne() {
    Config small = new Config(10, 32, 32, 1, 1, 512, 1);
    int[] tokens = new int[4000];
    float[] logits = new float[10];
    long one = 0;
    try (RwkvX other =
        RwkvX.open(RandomModel.create(small, WeightType.F32, 1), ModelOptions.defaults())) {
      for (int i = 0; i < 200; i++) {
        try (State state = other.newState()) {
          other.forward(tokens, 0, tokens.length, state, logits);
          one = i == 0 ? other.cacheBytes() : one;
          assertThat(other.cacheBytes()).isEqualTo(one);
        }
      }
      assertThat(other.cacheBytes()).isZero();
    }
  }

  @Test
  void closedStatesAreRefused() {
    State state = model.newState();
    read(state, 100, 1);
    state.close();
    state.close();
    assertThat(state.position()).isEqualTo(100);
    assertThatIllegalStateException()
        .isThrownBy(() -> read(state, 1, 2))
        .withMessage("the state is closed");
    assertThatIllegalStateException().isThrownBy(state::fork);
    assertThatIllegalStateException().isThrownBy(state::reset);
    assertThatIllegalStateException()
        .isThrownBy(() -> StateFile.save(state, model, folder.resolve("x.safetensors")));
    assertThat(folder).isEmptyDirectory();
  }

  /** A crash would end the tests; an exception of another kind fails this one. */
  @ParameterizedTest
  @EnumSource
  void closingWhileAnotherThreadReadsIsNoCrash(Kind kind) {
    for (int round = 0; round < 20; round++) {
      State state = model.newState(options(kind));
      read(state, 700, 1);
      State fork = round % 2 == 0 ? state.fork() : null;
      CompletableFuture<Throwable> reader =
          CompletableFuture.supplyAsync(() -> {
            try {
              while (true) {
                read(state, 40, 2);
              }
            } catch (Throwable t) {
              return t;
            }
          });
      while (state.position() == 700 && !reader.isDone()) {
        Thread.onSpinWait();
      }
      state.close();
      assertThat(reader.join()).isInstanceOf(IllegalStateException.class);
      if (fork != null) {
        read(fork, 10, 3);
        fork.close();
      }
    }
    assertThat(model.cacheBytes()).isZero();
  }

  @Test
  void theGarbageCollectorFindsStatesThatNobodyClosed() throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      read(model.newState(), 200, i);
    }
    try (State last = model.newState()) {
      read(last, 200, 10);
      long one = last.cacheBytes();
      for (int i = 0; i < 1000 && model.cacheBytes() > one; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertThat(model.cacheBytes()).isLessThanOrEqualTo(one);
    }
  }

  /** A channel closes when a thread that uses it is interrupted. */
  @Test
  void anInterruptedThreadSpillsOn() {
    List<State> states = new ArrayList<>();
    try (State state = model.newState(options(Kind.SPILLING));
        State alone = model.newState()) {
      read(state, 50, 1);
      read(alone, 50, 1);
      states.add(state.fork());
      Thread.currentThread().interrupt();
      assertThat(read(state, 200, 2)).isEqualTo(read(alone, 200, 2));
      assertThat(Thread.interrupted()).isTrue();
      read(states.getFirst(), 200, 3);
      assertThat(read(state, 200, 4)).isEqualTo(read(alone, 200, 4));
    } finally {
      states.forEach(State::close);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aModelMayBeClosedTwice(int threads) {
    RwkvX other =
        RwkvX.open(
            RandomModel.create(CONFIG, WeightType.F32, 1),
            ModelOptions.defaults().withThreads(threads));
    other.close();
    other.close();
  }

  @Test
  void memoryIsLimited() {
    CacheMemory limited = new CacheMemory(0, 10_000);
    try (StateMemory state = limited.resident()) {
      state.allocate(6_000);
      assertThatExceptionOfType(OutOfMemoryError.class)
          .isThrownBy(() -> state.allocate(6_000))
          .withMessage("Cannot reserve 6000 bytes for caches (allocated: 6000, limit: 10000)");
      assertThat(limited.bytes()).isEqualTo(6_000);
    }
    try (StateMemory state = limited.resident()) {
      state.allocate(10_000);
    }
    assertThat(limited.bytes()).isZero();
  }

  @Test
  void atTheLimitStatesThatNobodyHasAreLookedFor() {
    CacheMemory limited = new CacheMemory(0, 10_000);
    limited.closeWith(new Object(), filled(limited));
    try (StateMemory state = limited.resident()) {
      state.allocate(6_000);
      assertThat(limited.bytes()).isEqualTo(6_000);
    }
  }

  private static StateMemory filled(CacheMemory limited) {
    StateMemory memory = limited.resident();
    memory.allocate(6_000);
    return memory;
  }
}
