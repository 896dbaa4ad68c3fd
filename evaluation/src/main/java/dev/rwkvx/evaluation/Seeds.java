package dev.rwkvx.evaluation;

import java.util.SplittableRandom;

/** Random numbers of an item that do not depend on which other items there are. */
final class Seeds {
  private Seeds() {}

  /** A generator for what these numbers name. */
  static SplittableRandom random(long seed, long... names) {
    long mixed = seed;
    for (long name : names) {
      mixed = new SplittableRandom(mixed ^ name * 0x9E3779B97F4A7C15L).nextLong();
    }
    return new SplittableRandom(mixed);
  }
}
