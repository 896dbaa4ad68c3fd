package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.Kernels;
import dev.rwkvx.math.PanelProduct;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.VectorKernels;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions.Bounded;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a bounded cache keeps agrees with MODEL.md's formula written down plainly. */
class BudgetTest {
  private static final int HEADS = 3;
  private static final int N = 16;
  private static final int C = HEADS * N;

  @ParameterizedTest
  @CsvSource({
    // max, min, window, observed, chunk size
    "40, 30, 8, 4, 8",
    "40, 30, 30, 4, 8",
    "100, 37, 0, 1, 33",
    "65, 64, 10, 5, 4",
    "7, 3, 2, 9, 2",
    "600, 530, 20, 8, 1000"
  })
  void keepsTheEntriesWithTheMostVotes(int max, int min, int window, int observed, int chunkSize) {
    Bounded options = new Bounded(max, min, window, observed);
    int length = max + 3 * (max - min) + 5;
    List<long[][]> expected = new Reference(options, length).kept();
    for (int piece : new int[] {1, 5, 1000}) {
      Kernels kernels = piece == 5 ? new ScalarKernels() : new VectorKernels();
      Managed managed = new Managed(options, chunkSize, kernels);
      for (int at = 0; at < length; at += piece) {
        managed.read(at, Math.min(length, at + piece));
        long position = managed.position;
        assertThat(managed.cache.length()).isEqualTo(options.lengthAt(position));
        assertThat(managed.kept()).as("after %d", position).isEqualTo(expected.get((int) position));
      }
    }
  }

  @Test
  void meansAreThoseOfWhatIsKept() {
    Bounded options = new Bounded(64, 40, 10, 6);
    Managed managed = new Managed(options, 8, new VectorKernels());
    int length = 64 + 24 + options.slack() + 3;
    managed.read(0, length);
    long[][] kept = managed.kept();
    for (int head = 0; head < HEADS; head++) {
      for (int chunk = 0; chunk < managed.cache.length() / 8; chunk++) {
        for (int n = 0; n < N; n++) {
          double sum = 0;
          for (int i = 0; i < 8; i++) {
            sum += Inputs.at(Inputs.KEY, kept[head][chunk * 8 + i], head)[n];
          }
          long at = managed.cache.meansAt(head) + (n * 32L + chunk) * 4;
          assertThat(managed.cache.meanPage(0).get(ValueLayout.JAVA_FLOAT, at))
              .isEqualTo((float) (sum / 8));
        }
      }
    }
  }

  @Test
  void memoryStaysTheSame() {
    Bounded options = new Bounded(64, 40, 10, 6);
    Managed managed = new Managed(options, 8, new VectorKernels());
    long most = 0;
    for (int t = 0; t < 64 + 20 * 24; t++) {
      managed.read(t, t + 1);
      long bytes =
          managed.cache.byteSize() + managed.cache.spareBytes() + managed.budget.byteSize();
      if (t < 64 + 3 * 24) {
        most = Math.max(most, bytes);
      }
      assertThat(bytes).as("after %d", t + 1).isLessThanOrEqualTo(most);
    }
  }

  /** Random queries and keys of every position; the first value element tells the position. */
  private static final class Inputs {
    static final int QUERY = 0;
    static final int KEY = 1;

    static float[] at(int kind, long position, int head) {
      SplittableRandom random = new SplittableRandom((position * 8 + head) * 2 + kind);
      float[] x = new float[N];
      for (int i = 0; i < N; i++) {
        x[i] = (float) random.nextGaussian();
      }
      return x;
    }

    static float[] rows(int kind, int from, int to) {
      float[] rows = new float[(to - from) * C];
      for (int t = from; t < to; t++) {
        for (int head = 0; head < HEADS; head++) {
          System.arraycopy(at(kind, t, head), 0, rows, (t - from) * C + head * N, N);
        }
      }
      return rows;
    }

    static float[] positions(int from, int to) {
      float[] rows = new float[(to - from) * C];
      for (int t = from; t < to; t++) {
        for (int head = 0; head < HEADS; head++) {
          rows[(t - from) * C + head * N] = t;
        }
      }
      return rows;
    }
  }

  /** A cache and its budget, driven as the attention drives them. */
  private static final class Managed {
    private final Kernels kernels;
    final KvCache cache;
    final Budget budget;
    long position;

    Managed(Bounded options, int chunkSize, Kernels kernels) {
      this.kernels = kernels;
      Config config = new Config(1, C, N, 1, 1, chunkSize, 3);
      cache = new KvCache(config, WeightType.F32, new CacheMemory().resident());
      budget = new Budget(options, config, cache);
    }

    void read(int from, int to) {
      int at = from;
      while (at < to) {
        int rows = (int) Math.min(to - at, budget.tokensToBorder());
        budget.begin();
        cache.reserve(rows);
        float[] q = Inputs.rows(Inputs.QUERY, at, at + rows);
        float[] k = Inputs.rows(Inputs.KEY, at, at + rows);
        float[] v = Inputs.positions(at, at + rows);
        budget.work(rows, kernels, new PanelProduct(kernels));
        for (int head = 0; head < HEADS; head++) {
          budget.observe(head, rows, q, head * N, C);
          cache.append(head, rows, k, v, head * N, C);
        }
        cache.advance(rows);
        budget.advance(rows);
        at += rows;
      }
      position = to;
    }

    /** The positions that each head's entries are from. */
    long[][] kept() {
      int length = (int) cache.length();
      MemorySegment rows = MemorySegment.ofArray(new byte[length * cache.rowBytes()]);
      cache.read(0, length, true, rows);
      long[][] kept = new long[HEADS][length];
      for (int head = 0; head < HEADS; head++) {
        for (int i = 0; i < length; i++) {
          long at = (long) i * cache.rowBytes() + head * N * 4L;
          kept[head][i] = (long) rows.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
        }
      }
      return kept;
    }
  }

  /** MODEL.md's selection, one number at a time. */
  private record Reference(Bounded options, int length) {
    /** After every number of tokens: the positions that each head's entries are from. */
    List<long[][]> kept() {
      List<long[][]> history = new ArrayList<>();
      long[][] entries = new long[HEADS][0];
      long[][] cut = entries;
      int since = -1;
      history.add(entries);
      for (int t = 0; t < length; t++) {
        if (since < 0 && entries[0].length == options.max()) {
          cut = new long[HEADS][];
          for (int head = 0; head < HEADS; head++) {
            cut[head] = cut(entries[head], head, t);
          }
          since = 0;
        }
        entries = appended(entries, t);
        if (since >= 0) {
          cut = appended(cut, t);
          since++;
        }
        if (since == options.slack()) {
          entries = cut;
          since = -1;
        }
        history.add(entries);
      }
      return history;
    }

    private static long[][] appended(long[][] entries, long position) {
      long[][] longer = new long[HEADS][];
      for (int head = 0; head < HEADS; head++) {
        longer[head] = Arrays.copyOf(entries[head], entries[head].length + 1);
        longer[head][entries[head].length] = position;
      }
      return longer;
    }

    /** Of {@code max} entries the {@code min} that stay when {@code now} tokens have been read. */
    private long[] cut(long[] entries, int head, int now) {
      int older = options.max() - options.window();
      double[] votes = new double[older];
      for (int q = Math.max(0, now - options.observed()); q < now; q++) {
        float[] query = Inputs.at(Inputs.QUERY, q, head);
        double[] weights = new double[older];
        for (int j = 0; j < older; j++) {
          float[] key = Inputs.at(Inputs.KEY, entries[j], head);
          double dot = IntStream.range(0, N).mapToDouble(n -> (double) query[n] * key[n]).sum();
          weights[j] = Math.exp(dot / Math.sqrt(N));
        }
        double sum = Arrays.stream(weights).sum();
        for (int j = 0; j < older; j++) {
          votes[j] += weights[j] / sum;
        }
      }
      IntStream best =
          IntStream.range(0, older)
              .boxed()
              .sorted(Comparator.comparingDouble(j -> -votes[j]))
              .limit(options.min() - options.window())
              .mapToInt(Integer::intValue)
              .sorted();
      return IntStream.concat(best, IntStream.range(older, options.max()))
          .mapToLong(j -> entries[j])
          .toArray();
    }
  }
}
