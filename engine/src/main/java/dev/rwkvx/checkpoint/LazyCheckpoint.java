package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;

/**
 * Tensors that are made when they are asked for, each time anew: computed, or views of another
 * checkpoint's. Whoever goes through them one by one needs memory for one of them.
 */
public final class LazyCheckpoint implements Checkpoint {
  private record Entry(TensorHeader header, Supplier<Tensor> tensor) {}

  private final Path name;
  private final Map<String, String> metadata;
  private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();

  /**
   * A checkpoint without tensors.
   *
   * @param name stands for the path in messages
   * @param metadata what it says beside its tensors
   */
  public LazyCheckpoint(Path name, Map<String, String> metadata) {
    this.name = name;
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Adds a tensor behind the others; not to be called once the checkpoint is in use.
   *
   * @param header name, type and shape of the tensor
   * @param tensor makes a tensor of this type and shape; may be called by several threads
   */
  public void add(TensorHeader header, Supplier<Tensor> tensor) {
    if (entries.putIfAbsent(header.name(), new Entry(header, tensor)) != null) {
      throw new IllegalArgumentException("the name '" + header.name() + "' is taken");
    }
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
    return Collections.unmodifiableSequencedSet(entries.sequencedKeySet());
  }

  @Override
  public boolean contains(String tensor) {
    return entries.containsKey(tensor);
  }

  @Override
  public Tensor tensor(String tensor) {
    return entry(tensor).tensor.get();
  }

  @Override
  public DType type(String tensor) {
    return entry(tensor).header.type();
  }

  @Override
  public long[] shape(String tensor) {
    return entry(tensor).header.shape();
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Does nothing: what the tensors are made of belongs to others. */
  @Override
  public void close() {}

  private Entry entry(String tensor) {
    Entry entry = entries.get(tensor);
    if (entry == null) {
      throw new InputException(name + ": has no tensor '" + tensor + "'");
    }
    return entry;
  }
}
