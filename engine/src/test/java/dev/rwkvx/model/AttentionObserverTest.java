package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who observes a state hears the same whatever the pieces, and changes nothing. */
class AttentionObserverTest {
  private static final Config CONFIG = new Config(100, 64, 32, 2, 2, 8, 3);
  private static final int LENGTH = 150;

  private static RwkvX model;
  private final int[] tokens = new SplittableRandom(5).ints(LENGTH, 0, 100).toArray();

  @BeforeAll
  static void open() {
    ModelOptions options = ModelOptions.defaults().withThreads(2);
    model = RwkvX.open(RandomModel.create(CONFIG, WeightType.F32, 3), options);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** Hears of the queries from a position on. */
  private record Listener(long from, List<ChunkChoice> heard) implements AttentionObserver {
    Listener(long from) {
      this(from, new ArrayList<>());
    }

    @Override
    public boolean wants(long position) {
      return position >= from;
    }

    @Override
    public synchronized void accept(ChunkChoice choice) {
      heard.add(choice);
    }

    List<String> lines() {
      return heard.stream()
          .sorted(
              Comparator.comparingInt(ChunkChoice::block)
                  .thenComparingInt(ChunkChoice::head)
                  .thenComparingLong(ChunkChoice::query))
          .map(choice ->
              "%d %d %d %s %s %s"
                  .formatted(
                      choice.block(),
                      choice.head(),
                      choice.query(),
                      Arrays.toString(choice.chunks()),
                      Arrays.toString(choice.mass()),
                      Arrays.toString(choice.gates())))
          .toList();
    }
  }

  @Test
  void hearsEachWantedQueryOfEachHeadAndBlockOnceInAnyPieces() {
    Listener whole = new Listener(100);
    Listener single = new Listener(100);
    float[] logits = read(whole, LENGTH);
    assertThat(whole.heard()).hasSize(2 * 2 * (LENGTH - 100));
    assertThat(read(single, 1)).isEqualTo(logits);
    assertThat(single.lines()).isEqualTo(whole.lines());
    assertThat(read(null, 7)).isEqualTo(logits);
  }

  private float[] read(@Nullable Listener listener, int piece) {
    float[] logits = new float[CONFIG.vocabulary()];
    State state = model.newState();
    state.observe(listener);
    for (int at = 0; at < LENGTH; at += piece) {
      model.forward(tokens, at, Math.min(LENGTH, at + piece), state, logits);
    }
    return logits;
  }

  @Test
  void hearsOfItsOwnStateOnly() {
    Listener listener = new Listener(0);
    State observed = model.newState();
    observed.observe(listener);
    State other = model.newState();
    List<Run> runs = new ArrayList<>();
    for (State state : List.of(other, observed, observed.fork())) {
      runs.add(new Run(state, tokens, 0, 20, new float[CONFIG.vocabulary()]));
    }
    model.forward(runs);
    assertThat(listener.heard()).hasSize(2 * 2 * 20);
    observed.observe(null);
    model.forward(runs);
    assertThat(listener.heard()).hasSize(2 * 2 * 20);
  }

  @Test
  void aBoundedCacheIsRefused() {
    State state = model.newState(CacheOptions.exact().with(new Bounded(64, 40, 8, 8)));
    assertThatThrownBy(() -> state.observe(new Listener(0)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("bounded");
  }
}
