package dev.rwkvx.evaluation.gate;

import java.util.List;

/**
 * How often queries attended to a chunk that holds the needle.
 *
 * @param queries positions that were looked at
 * @param any the share of them at which at least one head of any sparse block did, 0 … 1
 * @param heads the share of each head: of sparse block b, of its head h
 */
public record GateHit(int queries, double any, List<List<Double>> heads) {
  /** {@return the mean share of all heads, 0 … 1} */
  public double mean() {
    return heads.stream().flatMap(List::stream).mapToDouble(share -> share).average().orElse(0);
  }
}
