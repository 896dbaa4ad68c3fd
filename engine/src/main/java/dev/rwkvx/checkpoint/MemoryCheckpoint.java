package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/** Tensors in memory, under the same interface as those of a file. */
public final class MemoryCheckpoint implements Checkpoint {
  private final Path name;
  private final SequencedMap<String, Tensor> tensors;
  private final Map<String, String> metadata;

  /**
   * Tensors that exist already.
   *
   * @param name stands for the path in messages
   * @param tensors by their names, in order
   * @param metadata what it says beside its tensors
   */
  public MemoryCheckpoint(
      String name, SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    this.name = Path.of(name);
    this.tensors = new LinkedHashMap<>(tensors);
    this.metadata = Map.copyOf(metadata);
  }

  @Override
  public Path path() {
    return name;
  }

  @Override
  public String format() {
    return "memory";
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(tensors.sequencedKeySet());
  }

  @Override
  public boolean contains(String tensor) {
    return tensors.containsKey(tensor);
  }

  @Override
  public Tensor tensor(String tensor) {
    Tensor found = tensors.get(tensor);
    if (found == null) {
      throw new InputException(name + ": has no tensor '" + tensor + "'");
    }
    return found;
  }

  @Override
  public DType type(String tensor) {
    return tensor(tensor).type();
  }

  @Override
  public long[] shape(String tensor) {
    return tensor(tensor).shape();
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Does nothing: the memory belongs to whoever made the tensors. */
  @Override
  public void close() {}
}
