package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits at every position agree with the official implementation, under every schedule. */
class ForwardTest {
  private static final float TOLERANCE = 2e-4f;
  private static final int[] PIECES = {1, 7, 16, 31, 64, 100, Integer.MAX_VALUE >> 1};

  /** One schedule of matrix-vector products and tiles, one of tiles only. */
  private static final int[] FEW_PIECES = {7, 64};

  static Stream<Arguments> cases() {
    List<Kernels> kernels = List.of(new ScalarKernels(), new VectorKernels());
    return Stream.of(Golden.RWKV_7, Golden.RWKV_X)
        .flatMap(golden ->
            kernels.stream()
                .flatMap(kernel ->
                    Stream.of(1, 2, 3).map(threads -> Arguments.of(golden, kernel, threads))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheOfficialImplementation(Golden golden, Kernels kernels, int threads) {
    // The scalar kernels are slow, and equal to the others to the bit.
    int[] pieces = kernels instanceof VectorKernels || threads == 2 ? PIECES : FEW_PIECES;
    ModelOptions options = golden.options().withKernels(kernels).withThreads(threads);
    try (RwkvX model = RwkvX.open(golden.model(), options)) {
      for (int length : golden.lengths()) {
        int[] tokens = golden.tokens(length);
        float[] whole = Golden.run(model, tokens, tokens.length);
        assertThat(Golden.largestDifference(whole, golden.logits(length)))
            .as("%d tokens against the reference", length)
            .isLessThan(TOLERANCE);
        for (int piece : pieces) {
          assertThat(Golden.run(model, tokens, piece))
              .as("%d tokens in pieces of %d", length, piece)
              .isEqualTo(whole);
        }
      }
    }
  }
}
