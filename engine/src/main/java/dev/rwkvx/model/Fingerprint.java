package dev.rwkvx.model;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Tells models apart: a hash over the names, types and shapes of all tensors and a sample of each
 * tensor's bytes, so that it takes no longer for large models.
 */
final class Fingerprint {
  private static final int SAMPLE = 256;

  private Fingerprint() {}

  /** 64 hexadecimal digits. */
  static String of(Checkpoint checkpoint) {
    MessageDigest digest = sha256();
    checkpoint.names().stream()
        .sorted()
        .forEach(name -> {
          Tensor tensor = checkpoint.tensor(name);
          String header = name + tensor.type() + Arrays.toString(tensor.shape());
          digest.update(header.getBytes(StandardCharsets.UTF_8));
          MemorySegment data = tensor.data();
          long length = Math.min(SAMPLE, data.byteSize());
          sample(digest, data.asSlice(0, length));
          sample(digest, data.asSlice((data.byteSize() - length) / 2, length));
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void sample(MessageDigest digest, MemorySegment bytes) {
    ByteBuffer buffer = bytes.asByteBuffer();
    digest.update(buffer);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
