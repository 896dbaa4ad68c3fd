package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.UnreadableException;
import dev.rwkvx.io.ByteSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A checkpoint over memory-mapped files. */
final class MappedCheckpoint implements Checkpoint {
  private final Path path;
  private final Arena arena;
  private final StoredTensors stored;

  /** Storages that have the checksums they should. */
  private final Set<MemorySegment> checked = ConcurrentHashMap.newKeySet();

  private MappedCheckpoint(Path path, Arena arena, StoredTensors stored) {
    this.path = path;
    this.arena = arena;
    this.stored = stored;
  }

  @SuppressWarnings("MustBeClosed") // closed with the checkpoint
  static MappedCheckpoint open(Path path) {
    Path file = Files.isDirectory(path) ? safetensorsIn(path) : path;
    Arena arena = Arena.ofShared();
    try {
      StoredTensors stored =
          CheckpointReader.read(map(file, arena), shard -> map(file.resolveSibling(shard), arena));
      StoredTensors official =
          HuggingFaceReader.read(stored, file.toString(), () -> config(file, arena));
      return new MappedCheckpoint(path, arena, official);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static Path safetensorsIn(Path folder) {
    Path usual = folder.resolve("model.safetensors");
    if (Files.isRegularFile(usual)) {
      return usual;
    }
    for (String ending : List.of(".safetensors.index.json", ".safetensors")) {
      List<Path> matches = filesEndingIn(folder, ending);
      if (matches.size() == 1) {
        return matches.getFirst();
      }
      if (matches.size() > 1) {
        throw new InputException(
            folder + ": has " + matches.size() + " files *" + ending + "; name one of them");
      }
    }
    throw new InputException(
        folder
            + ": is a folder without a safetensors file or index;"
            + " expected a .pth, .safetensors or .gguf file");
  }

  private static Optional<ByteSource> config(Path file, Arena arena) {
    Path config = file.resolveSibling("config.json");
    return Files.isRegularFile(config) ? Optional.of(map(config, arena)) : Optional.empty();
  }

  private static List<Path> filesEndingIn(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().endsWith(ending)).toList();
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e + ")", e);
    }
  }

  private static ByteSource map(Path file, Arena arena) {
    if (!Files.exists(file)) {
      throw new UnreadableException(file + ": no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": is not a file; expected a .pth, .safetensors or .gguf file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new ByteSource(file.toString(), bytes);
    } catch (AccessDeniedException e) {
      throw new UnreadableException(file + ": cannot be read: permission denied", e);
    } catch (IOException e) {
      throw new UnreadableException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public String format() {
    return stored.format();
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(stored.layouts().sequencedKeySet());
  }

  @Override
  public boolean contains(String name) {
    return stored.layouts().containsKey(name);
  }

  @Override
  public Tensor tensor(String name) {
    TensorLayout layout = layout(name);
    check(name, layout);
    return Tensor.of(name, layout.type(), layout.shape(), layout.read());
  }

  /** Compares the storage of a tensor with its checksum: once, as many tensors may share it. */
  private void check(String name, TensorLayout layout) {
    Checksum checksum = stored.checksums().get(name);
    if (checksum == null || checked.contains(layout.storage())) {
      return;
    }
    if (!checksum.fits(layout.storage())) {
      throw new InputException(
          "%s is damaged: tensor '%s' does not have the checksum it was written with"
              .formatted(path, name));
    }
    checked.add(layout.storage());
  }

  @Override
  public DType type(String name) {
    return layout(name).type();
  }

  @Override
  public long[] shape(String name) {
    return layout(name).shape().clone();
  }

  @Override
  public boolean hasChecksum(String name) {
    return stored.checksums().containsKey(name);
  }

  private TensorLayout layout(String name) {
    TensorLayout layout = stored.layouts().get(name);
    if (layout == null) {
      throw new InputException(path + ": has no tensor '" + name + "'");
    }
    return layout;
  }

  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(stored.metadata());
  }

  @Override
  public long rearranged() {
    return stored.layouts().values().stream().filter(layout -> !layout.isContiguous()).count();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
