package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PrefixStoreTest {
  private static final RwkvX MODEL =
      RwkvX.open(
          RandomModel.create(new Config(50, 32, 32, 1, 0, 16, 2), WeightType.F32, 1),
          ModelOptions.defaults());

  @AfterAll
  static void close() {
    MODEL.close();
  }

  /** {@code count} tokens, of which the last is {@code last}. */
  private static int[] tokens(int count, int last) {
    int[] tokens = new int[count];
    tokens[count - 1] = last;
    return tokens;
  }

  private static State state(int[] tokens) {
    State state = MODEL.newState();
    MODEL.forward(tokens, 0, tokens.length, state, new float[50]);
    return state;
  }

  private static void put(PrefixStore store, String namespace, int[] tokens) {
    store.put(namespace, tokens, state(tokens));
  }

  private static int found(PrefixStore store, String namespace, int[] prompt) {
    return store
        .find(namespace, prompt)
        .map(hit -> {
          assertThat(hit.state().position()).isEqualTo(hit.tokens());
          return hit.tokens();
        })
        .orElse(0);
  }

  @Test
  void theLongestPrefixIsFound() {
    PrefixStore store = new PrefixStore(1 << 30, 10);
    put(store, "", tokens(20, 0));
    put(store, "", tokens(30, 0));
    put(store, "", tokens(40, 7));
    assertThat(found(store, "", tokens(50, 0))).isEqualTo(30);
    assertThat(found(store, "", tokens(30, 0))).isEqualTo(20);
    assertThat(found(store, "", Arrays.copyOf(tokens(40, 7), 41))).isEqualTo(40);
    assertThat(found(store, "", tokens(20, 1))).isZero();
    assertThat(found(store, "other", tokens(50, 0))).isZero();
    assertThat(store.shared("", tokens(45, 1))).isEqualTo(39);
    assertThat(store.shared("other", tokens(45, 1))).isZero();
  }

  @Test
  void whatWasNotUsedForLongestGoes() {
    PrefixStore store = new PrefixStore(1 << 30, 2);
    put(store, "", tokens(20, 1));
    put(store, "", tokens(20, 2));
    assertThat(found(store, "", Arrays.copyOf(tokens(20, 1), 21))).isEqualTo(20);
    put(store, "", tokens(20, 3));
    assertThat(store.entries()).isEqualTo(2);
    assertThat(found(store, "", Arrays.copyOf(tokens(20, 1), 21))).isEqualTo(20);
    assertThat(found(store, "", Arrays.copyOf(tokens(20, 2), 21))).isZero();
  }

  @Test
  void bytesAreBounded() {
    long one = state(tokens(20, 1)).bytes();
    PrefixStore store = new PrefixStore(3 * one, 100);
    for (int i = 1; i < 9; i++) {
      put(store, "", tokens(20, i));
      assertThat(store.bytes()).isLessThanOrEqualTo(3 * one);
    }
    assertThat(store.entries()).isEqualTo(2);
    PrefixStore small = new PrefixStore(one - 1, 100);
    put(small, "", tokens(20, 1));
    assertThat(small.entries()).isZero();
    assertThat(small.bytes()).isZero();
  }
}
