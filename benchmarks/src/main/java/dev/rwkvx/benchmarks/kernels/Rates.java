package dev.rwkvx.benchmarks.kernels;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a benchmark got done; JMH prints it per second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
  /** Billions of floating-point operations, a multiply-add counting as two. */
  public double gflop;

  /** Billions of bytes that had to be read or written, each once. */
  public double gb;

  void add(double flops, double bytes) {
    gflop += flops / 1e9;
    gb += bytes / 1e9;
  }
}
