package dev.rwkvx.benchmarks.kernels;

import dev.rwkvx.math.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The limits of one thread that the other rates are fractions of. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class MachineBenchmark {
  private static final int ROUNDS = 1_000_000;

  @Param({"scalar", "vector"})
  public String kernels;

  /** Bytes to read; far more than the caches hold. */
  @Param("536870912")
  public long bytes;

  private Kernels k;
  private final Arena arena = Arena.ofShared();
  private MemorySegment memory;

  @Setup
  public void prepare() {
    k = Inputs.kernels(kernels);
    // Filled, because untouched pages all share one page of zeros, which the cache holds.
    memory = arena.allocate(bytes, 64).fill((byte) 1);
  }

  @TearDown
  public void free() {
    arena.close();
  }

  /** Multiply-adds from registers. */
  @Benchmark
  public float multiplyAdd(Rates rates) {
    rates.add(k.fmaChainFlops(ROUNDS), 0);
    return k.fmaChain(ROUNDS, 1f);
  }

  /** Reading memory. */
  @Benchmark
  public float read(Rates rates) {
    rates.add(0, bytes);
    return k.readAll(memory, 0, bytes);
  }
}
