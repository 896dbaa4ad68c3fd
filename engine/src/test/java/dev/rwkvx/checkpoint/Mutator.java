package dev.rwkvx.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Damages files in the ways that find faults in readers, reproducibly. */
final class Mutator {
  private static final long[] EXTREMES = {
    0,
    1,
    -1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0xffff_ffffL,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 7,
    1L << 61
  };

  private final Random random;

  Mutator(long seed) {
    this.random = new Random(seed);
  }

  /** One to four mutations of a copy. */
  byte[] mutate(byte[] original) {
    byte[] mutated = original.clone();
    int mutations = 1 + random.nextInt(4);
    for (int i = 0; i < mutations; i++) {
      mutated = mutateOnce(mutated);
    }
    return mutated;
  }

  private byte[] mutateOnce(byte[] file) {
    if (file.length < 2) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(file.length);
    int length = random.nextInt(Math.min(64, file.length - at) + 1);
    switch (random.nextInt(8)) {
      case 0, 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> file[at] = (byte) random.nextInt();
      case 3, 4 -> overwrite(file, at);
      case 5 -> {
        return splice(file, at, length, random.nextInt(file.length));
      }
      case 6 -> {
        return splice(file, at, length, -1);
      }
      default -> {
        // Rare, because little of a truncated file is read.
        return random.nextInt(4) == 0 ? Arrays.copyOf(file, at) : file;
      }
    }
    return file;
  }

  private void overwrite(byte[] file, int at) {
    ByteBuffer value =
        ByteBuffer.allocate(8)
            .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
            .putLong(EXTREMES[random.nextInt(EXTREMES.length)]);
    int bytes = Math.min(1 << random.nextInt(4), file.length - at);
    int from = value.order() == ByteOrder.LITTLE_ENDIAN ? 0 : 8 - bytes;
    System.arraycopy(value.array(), from, file, at, bytes);
  }

  /** Inserts a piece of the file at {@code at}, or cuts it out where {@code target} is negative. */
  private static byte[] splice(byte[] file, int at, int length, int target) {
    Bytes spliced = new Bytes();
    if (target < 0) {
      spliced.raw(Arrays.copyOf(file, at)).raw(Arrays.copyOfRange(file, at + length, file.length));
    } else {
      spliced
          .raw(Arrays.copyOf(file, target))
          .raw(Arrays.copyOfRange(file, at, at + length))
          .raw(Arrays.copyOfRange(file, target, file.length));
    }
    return spliced.toArray();
  }
}
