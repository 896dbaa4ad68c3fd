package dev.rwkvx.model;

import java.lang.ref.Cleaner;
import java.lang.ref.Cleaner.Cleanable;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** The memory of all states of a model: counted, and given back for states that nobody closes. */
final class CacheMemory {
  private final Cleaner cleaner = Cleaner.create();
  private final AtomicLong bytes = new AtomicLong();

  /** Bytes in memory that the states hold, pages that some share counted once. */
  long bytes() {
    return bytes.get();
  }

  /** Memory of a state that keeps all pages where they are. */
  StateMemory resident() {
    return new StateMemory(bytes, null);
  }

  /**
   * Memory of a state that puts full pages into a file.
   *
   * @throws dev.rwkvx.InputException when no file can be created in {@code folder}
   */
  StateMemory spilling(Path folder) {
    return new StateMemory(bytes, SpillFile.create(folder));
  }

  /** Closes memory with its state, or when the garbage collector has found that nobody has it. */
  Cleanable closeWith(State state, StateMemory memory) {
    return cleaner.register(state, memory::close);
  }
}
