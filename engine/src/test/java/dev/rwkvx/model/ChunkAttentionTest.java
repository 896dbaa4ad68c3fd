package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.PanelProduct;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.math.WeightType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The attention agrees with MODEL.md's rule written down plainly, in any pieces. */
class ChunkAttentionTest {
  static Stream<Arguments> sizes() {
    // head size, chunk size, top-k, positions: borders of chunks, pages (512 keys) and panels (32)
    return Stream.of(
        Arguments.of(16, 1, 3, 40),
        Arguments.of(64, 5, 1, 33),
        Arguments.of(32, 7, 2, 100),
        Arguments.of(128, 32, 3, 130),
        Arguments.of(24, 33, 4, 200),
        Arguments.of(16, 2, 5, 90),
        Arguments.of(16, 600, 2, 1900),
        Arguments.of(64, 512, 3, 1100),
        Arguments.of(32, 64, 1000, 700),
        Arguments.of(16, 4096, 3, 1300));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void agreesWithTheRule(int headSize, int chunkSize, int topK, int length) {
    Case sizes = new Case(headSize, chunkSize, topK, length);
    float[] whole = sizes.run(new VectorKernels(), length);
    assertThat(sizes.run(new VectorKernels(), 1)).isEqualTo(whole);
    assertThat(sizes.run(new VectorKernels(), 61)).isEqualTo(whole);
    if (length < 1000) {
      assertThat(sizes.run(new ScalarKernels(), 50)).isEqualTo(whole);
    }
    double[] expected = sizes.reference();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) whole[i]).as("element %d", i).isCloseTo(expected[i], within(2e-5));
    }
  }

  @Test
  void tiesGoToTheEarlierChunk() {
    // All keys are equal, so all gates are; values tell which chunks were read.
    Config config = new Config(1, 16, 16, 1, 1, 4, 2);
    KvCache cache = new KvCache(config, WeightType.F32, new CacheMemory().resident());
    int length = 4 * 40 + 1;
    float[] k = new float[length * 16];
    Arrays.fill(k, 0.25f);
    float[] v = new float[length * 16];
    for (int t = 0; t < length; t++) {
      Arrays.fill(v, t * 16, t * 16 + 16, t / 4 == 0 ? 1f : 0f);
    }
    cache.reserve(length);
    cache.append(0, length, k, v, 0, 16);
    Kernels kernels = new VectorKernels();
    float[] y = new float[16];
    float[] q = Arrays.copyOf(k, 16);
    new ChunkAttention(kernels, new PanelProduct(kernels), 16)
        .run(cache, 0, 2, 1, length - 1, q, y, 0, 16);
    // Four keys of chunk 0 and one of the own chunk, with equal weights.
    assertThat(y[0]).isCloseTo(0.8f, within(1e-6f));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void theProbeTellsChunksMassAndGates(int headSize, int chunkSize, int topK, int length) {
    Case sizes = new Case(headSize, chunkSize, topK, length);
    List<ChunkChoice> choices = sizes.observed(61, length / 2);
    assertThat(choices).hasSize(Case.HEADS * (length - length / 2));
    choices.forEach(sizes::check);
  }

  private static final class Case {
    private static final int HEADS = 2;

    private final int n;
    private final int chunkSize;
    private final int topK;
    private final int length;
    private final float[] q;
    private final float[] k;
    private final float[] v;

    Case(int headSize, int chunkSize, int topK, int length) {
      n = headSize;
      this.chunkSize = chunkSize;
      this.topK = topK;
      this.length = length;
      SplittableRandom random = new SplittableRandom(headSize + length);
      q = normal(random);
      k = normal(random);
      v = normal(random);
    }

    private float[] normal(SplittableRandom random) {
      float[] values = new float[length * HEADS * n];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }

    float[] run(Kernels kernels, int piece) {
      return run(kernels, piece, null);
    }

    /** What is heard of the queries from a position on. */
    List<ChunkChoice> observed(int piece, int from) {
      List<ChunkChoice> choices = new ArrayList<>();
      run(
          new VectorKernels(),
          piece,
          new AttentionObserver() {
            @Override
            public boolean wants(long position) {
              return position >= from;
            }

            @Override
            public void accept(ChunkChoice choice) {
              choices.add(choice);
            }
          });
      return choices;
    }

    private float[] run(Kernels kernels, int piece, @Nullable AttentionObserver observer) {
      int c = HEADS * n;
      Config config = new Config(1, c, n, 1, 1, chunkSize, topK);
      KvCache cache = new KvCache(config, WeightType.F32, new CacheMemory().resident());
      ChunkAttention attention = new ChunkAttention(kernels, new PanelProduct(kernels), n);
      AttentionProbe probe = new AttentionProbe(kernels, new PanelProduct(kernels));
      float[] y = new float[length * c];
      for (int at = 0; at < length; at += piece) {
        int rows = Math.min(piece, length - at);
        cache.reserve(rows);
        for (int head = 0; head < HEADS; head++) {
          int offset = at * c + head * n;
          cache.append(head, rows, k, v, offset, c);
          attention.run(cache, head, topK, rows, at, q, y, offset, c);
          if (observer != null) {
            probe.report(
                new AttentionProbe.Queries(cache, 3, head, rows, at, q, offset, c),
                attention,
                observer);
          }
        }
        cache.advance(rows);
      }
      return y;
    }

    double[] reference() {
      double[] y = new double[length * HEADS * n];
      for (int t = 0; t < length; t++) {
        for (int head = 0; head < HEADS; head++) {
          attend(t, head, y);
        }
      }
      return y;
    }

    private void attend(int t, int head, double[] y) {
      int[] chunks = chunks(t, head);
      int[] keys =
          IntStream.rangeClosed(0, t).filter(j -> contains(chunks, j / chunkSize)).toArray();
      double[] weights = Arrays.stream(keys).mapToDouble(j -> weight(t, head, j)).toArray();
      double sum = Arrays.stream(weights).sum();
      for (int i = 0; i < keys.length; i++) {
        for (int m = 0; m < n; m++) {
          y[at(t, head) + m] += weights[i] / sum * v[at(keys[i], head) + m];
        }
      }
    }

    /** The chunks that a query attends to, its own last. */
    private int[] chunks(int t, int head) {
      int own = t / chunkSize;
      IntStream chosen =
          IntStream.range(0, own)
              .boxed()
              .sorted(Comparator.comparingDouble(chunk -> -gate(t, head, chunk)))
              .limit(topK - 1L)
              .mapToInt(Integer::intValue)
              .sorted();
      return IntStream.concat(chosen, IntStream.of(own)).toArray();
    }

    private double weight(int t, int head, int j) {
      return Math.exp(dot(t, head, j) / Math.sqrt(n));
    }

    void check(ChunkChoice choice) {
      int t = (int) choice.query();
      int head = choice.head();
      assertThat(choice.block()).isEqualTo(3);
      assertThat(choice.own()).isEqualTo(t / chunkSize);
      assertThat(choice.chunks()).isEqualTo(chunks(t, head));
      double[] mass =
          Arrays.stream(choice.chunks())
              .mapToDouble(chunk ->
                  IntStream.rangeClosed(0, t)
                      .filter(j -> j / chunkSize == chunk)
                      .mapToDouble(j -> weight(t, head, j))
                      .sum())
              .toArray();
      double all = Arrays.stream(mass).sum();
      for (int i = 0; i < mass.length; i++) {
        assertThat((double) choice.mass()[i]).isCloseTo(mass[i] / all, within(1e-5));
      }
      assertThat(choice.gates()).hasSize(choice.own());
      for (int chunk = 0; chunk < choice.own(); chunk++) {
        assertThat((double) choice.gates()[chunk]).isCloseTo(gate(t, head, chunk), within(1e-4));
      }
    }

    private double gate(int t, int head, int chunk) {
      return IntStream.range(chunk * chunkSize, (chunk + 1) * chunkSize)
              .mapToDouble(j -> dot(t, head, j))
              .sum()
          / chunkSize;
    }

    private double dot(int t, int head, int j) {
      double sum = 0;
      for (int m = 0; m < n; m++) {
        sum += (double) q[at(t, head) + m] * k[at(j, head) + m];
      }
      return sum;
    }

    private int at(int t, int head) {
      return (t * HEADS + head) * n;
    }

    private static boolean contains(int[] chosen, int chunk) {
      return Arrays.stream(chosen).anyMatch(c -> c == chunk);
    }
  }
}
