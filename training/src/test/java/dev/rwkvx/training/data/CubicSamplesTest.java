package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubicSamplesTest {
  @TempDir private Path folder;

  @Test
  void visitsEverySlotOnceAnEpoch() {
    Random random = new Random(2);
    for (int trial = 0; trial < 200; trial++) {
      int context = 1 + random.nextInt(100);
      long tokens = 3L * context + 1 + random.nextInt(200_000);
      long prime = CubicSamples.prime(tokens, context);
      BitSet slots = new BitSet();
      long first = prime * random.nextInt(3);
      for (long s = first; s < first + prime; s++) {
        slots.set((int) CubicSamples.cube(s, prime));
      }
      assertThat(slots.cardinality()).isEqualTo((int) prime);
      assertThat(slots.length()).isEqualTo((int) prime);
    }
  }

  @Test
  void thePrimeIsTheOneOfTheFormula() {
    BitSet primes = new BitSet();
    for (int n = 2; n < 2_000; n++) {
      primes.set(n, BigInteger.valueOf(n).isProbablePrime(50));
    }
    for (int context : new int[] {1, 2, 3, 16}) {
      for (long tokens = 0; tokens < 2_000; tokens++) {
        long expected = 0;
        for (long p = 2; p < (double) tokens / context - 1; p++) {
          if (p % 3 == 2 && primes.get((int) p)) {
            expected = p;
          }
        }
        assertThat(CubicSamples.prime(tokens, context))
            .as("%d/%d", tokens, context)
            .isEqualTo(expected);
      }
    }
    // What the official scripts give for MiniPile and the Pile.
    assertThat(CubicSamples.prime(1_498_226_207, 512)).isEqualTo(2_926_181);
    assertThat(CubicSamples.prime(332_115_325_534L, 4096)).isEqualTo(81_082_817);
  }

  @Test
  void cubesAreExactWhateverTheSize() {
    Random random = new Random(3);
    for (int trial = 0; trial < 10_000; trial++) {
      long prime = random.nextLong(2, (1L << 1 + random.nextInt(62)) + 1);
      long sample = random.nextLong() >>> 1 + random.nextInt(40);
      assertThat(CubicSamples.cube(sample, prime))
          .isEqualTo(
              BigInteger.valueOf(sample).pow(3).mod(BigInteger.valueOf(prime)).longValueExact());
    }
  }

  @Test
  void readsInputsAndTargets() throws IOException {
    TokenFiles.counting(folder.resolve("a"), 1_000);
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      Samples samples = new CubicSamples(file, 10, 1);
      // Below 99: 89 = 2 (mod 3) is the largest such prime.
      assertThat(samples.size()).isEqualTo(89);
      int[] tokens = new int[11];
      float[] counted = new float[10];
      samples.read(5, tokens, counted);
      int start = 125 % 89 * 10;
      for (int i = 0; i <= 10; i++) {
        assertThat(tokens[i]).isEqualTo(start + i + 1);
      }
      assertThat(counted).containsOnly(1);
      int[] again = new int[11];
      samples.read(5 + 89 * 7, again);
      assertThat(again).isEqualTo(tokens);
    }
  }

  @Test
  void tooLittleDataIsRefused() throws IOException {
    TokenFiles.counting(folder.resolve("a"), 30);
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> new CubicSamples(file, 10, 1))
          .withMessageContaining("has 30 tokens; a context of 10 needs more than 30");
      assertThat(new CubicSamples(file, 9, 1).size()).isEqualTo(2);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> new CubicSamples(file, 0, 1))
          .withMessageContaining("context is 0");
    }
  }
}
