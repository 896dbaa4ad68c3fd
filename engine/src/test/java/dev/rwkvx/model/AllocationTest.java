package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.math.WeightType;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A warm model decodes without allocating. Guards against vectors that the compiler boxes, which
 * would cost far more than the memory.
 */
class AllocationTest {
  private static final Config CONFIG = new Config(256, 128, 64, 3, 1, 4096, 2);
  private static final int TOKENS = 400;
  private static final int MOST_ROUNDS = 150;

  @ParameterizedTest
  @EnumSource(WeightType.class)
  void decodingAllocatesNothing(WeightType type) {
    // One thread: all work is done by the one that is measured.
    ModelOptions options = ModelOptions.defaults().withThreads(1);
    try (RwkvX model = RwkvX.open(RandomModel.create(CONFIG, type, 1), options)) {
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      int[] tokens = new SplittableRandom(1).ints(TOKENS, 0, 256).toArray();
      float[] logits = new float[256];
      State state = model.newState();
      long allocated = Long.MAX_VALUE;
      for (int round = 0; round < MOST_ROUNDS && allocated > 0; round++) {
        // The first token takes a page for the cache; the others fit in.
        state.reset();
        model.forward(tokens, 0, 1, state, logits);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 1; i < TOKENS; i++) {
          model.forward(tokens, i, i + 1, state, logits);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).as("bytes for %d tokens, warm", TOKENS - 1).isZero();
    }
  }
}
