package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Checkpoints that PyTorch wrote, with the values they hold, and readers of files in memory. */
final class Golden {
  private static final String FOLDER = "/golden/pth-variants/";

  private Golden() {}

  static Path path(String name) {
    try {
      return Path.of(Golden.class.getResource(FOLDER + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] bytes(String name) {
    try (InputStream stream = Golden.class.getResourceAsStream(FOLDER + name)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static StoredTensors read(byte[] file) {
    return read(file, Map.of());
  }

  /** Reads a file with those beside it: shards, and perhaps {@code config.json}. */
  static StoredTensors read(byte[] file, Map<String, byte[]> others) {
    StoredTensors stored =
        CheckpointReader.read(
            source("test file", file),
            name -> {
              byte[] shard = others.get(name);
              if (shard == null) {
                throw source("shard " + name, file).error("no such file");
              }
              return source("shard " + name, shard);
            });
    return HuggingFaceReader.read(
        stored,
        "test file",
        () -> Optional.ofNullable(others.get("config.json")).map(c -> source("shard config", c)));
  }

  static ByteSource source(String name, byte[] bytes) {
    return new ByteSource(name, MemorySegment.ofArray(bytes).asReadOnly());
  }

  static Tensor tensor(StoredTensors stored, String name) {
    TensorLayout layout = stored.layouts().get(name);
    return Tensor.of(name, layout.type(), layout.shape(), layout.read());
  }
}
