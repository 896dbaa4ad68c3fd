package dev.rwkvx.training.ranks;

import java.lang.foreign.MemorySegment;

/** A process without others. */
record Alone() implements Transport {
  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public int neighbours() {
    return 1;
  }

  @Override
  public Transfer scatter(MemorySegment parts, MemorySegment received) {
    received.copyFrom(parts);
    return () -> true;
  }

  @Override
  public Transfer gather(MemorySegment part, MemorySegment all) {
    return scatter(part, all);
  }

  @Override
  public Transfer broadcast(MemorySegment data) {
    return () -> true;
  }
}
