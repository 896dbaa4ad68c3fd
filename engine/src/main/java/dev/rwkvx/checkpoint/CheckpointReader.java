package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Tells the formats apart by their content and hands over to the reader of each. */
final class CheckpointReader {
  private static final int PROBE = 512;
  private static final int QUOTED = 40;

  private CheckpointReader() {}

  /**
   * Reads the names and places of all tensors.
   *
   * @param shards opens the file of this name beside {@code source}
   */
  static StoredTensors read(ByteSource source, Function<String, ByteSource> shards) {
    if (source.size() == 0) {
      throw source.error("is empty; expected a .pth, .safetensors or .gguf checkpoint");
    }
    if (isText(source)) {
      return readText(source, shards);
    }
    if (source.startsWith(0, "PK\3\4") || source.startsWith(0, "PK\5\6")) {
      return TorchZipReader.read(source);
    }
    if (source.startsWith(0, GgufReader.MAGIC)) {
      return GgufModel.read(source, shards);
    }
    // The header of safetensors starts after its length; tested before pickles, because the length
    // can have any first byte.
    if (source.startsWith(8, "{")) {
      return SafetensorsReader.read(source);
    }
    if (source.unsignedByte(0) == PickleOpcode.PROTO) {
      return TorchLegacyReader.read(source);
    }
    throw source.error(
        "is not a checkpoint: neither a torch file nor safetensors nor GGUF; damaged or of another"
            + " kind");
  }

  /** Whether the file starts with bytes that text in UTF-8 may have. */
  private static boolean isText(ByteSource source) {
    for (long i = 0; i < Math.min(source.size(), PROBE); i++) {
      int value = source.unsignedByte(i);
      boolean space = value == '\n' || value == '\r' || value == '\t';
      if ((value < ' ' && !space) || value >= 0xf8) {
        return false;
      }
    }
    return true;
  }

  private static StoredTensors readText(ByteSource source, Function<String, ByteSource> shards) {
    byte[] probe = source.array(0, Math.min(source.size(), PROBE));
    String start = new String(probe, StandardCharsets.ISO_8859_1).strip();
    if (start.startsWith("{")) {
      return SafetensorsIndexReader.read(source, shards);
    }
    if (start.startsWith("version https://git-lfs")) {
      throw source.error(
          "is a Git LFS pointer, not the checkpoint itself; fetch it with 'git lfs pull'");
    }
    if (start.startsWith("<")) {
      throw source.error("is a web page or XML, not a checkpoint; download the file again");
    }
    String first = start.lines().findFirst().orElse("");
    throw source.error(
        "is a text file, not a checkpoint; it starts with '"
            + first.substring(0, Math.min(QUOTED, first.length()))
            + "'");
  }
}
