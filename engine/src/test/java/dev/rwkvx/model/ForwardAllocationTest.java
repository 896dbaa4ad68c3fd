package dev.rwkvx.model;

import dev.rwkvx.Allocation;
import dev.rwkvx.math.WeightType;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding on a warm model allocates nothing on any thread, but for the cache's next page. */
class ForwardAllocationTest {
  private static final int TOKENS = 200;

  @ParameterizedTest
  @CsvSource({
    "0, 16, F32, 1, 0",
    "0, 16, BF16, 2, 0",
    "1, 16, F32, 2, 3",
    "1, 2048, BF16, 1, 0",
    "1, 40, Q4, 1, 0"
  })
  void oneToken(int sparseBlocks, int chunkSize, WeightType type, int threads, int keyWidth)
      throws IOException, InterruptedException {
    Allocation.assertVanishes(
        ForwardAllocationTest.class, sparseBlocks, chunkSize, type, threads, keyWidth);
  }

  public static void main(String[] arguments) {
    int sparseBlocks = Integer.parseInt(arguments[0]);
    int chunkSize = Integer.parseInt(arguments[1]);
    WeightType type = WeightType.valueOf(arguments[2]);
    int threads = Integer.parseInt(arguments[3]);
    int keyWidth = Integer.parseInt(arguments[4]);
    Config config = new Config(200, 64, 32, 2, sparseBlocks, chunkSize, 3).withKeyWidth(keyWidth);
    ModelOptions options = ModelOptions.defaults().withThreads(threads);
    try (RwkvX model = RwkvX.open(RandomModel.create(config, type, 1), options)) {
      State state = model.newState();
      int[] tokens = {7};
      float[] logits = new float[config.vocabulary()];
      model.forward(tokens, 0, 1, state, logits);
      long[] working = Allocation.workingThreads();
      Allocation.report(() -> {
        state.reset();
        long bytes = 0;
        for (int i = 0; i < TOKENS; i++) {
          // A page opens with the first of its tokens, a page of means with the end of a chunk.
          boolean newPage =
              state.position() % Math.min(chunkSize, KvCache.PAGE) == 0
                  || (state.position() + 1) % chunkSize == 0;
          long before = Allocation.bytes(working);
          model.forward(tokens, 0, 1, state, logits);
          bytes += newPage ? 0 : Allocation.bytes(working) - before;
        }
        return bytes;
      });
    }
  }
}
