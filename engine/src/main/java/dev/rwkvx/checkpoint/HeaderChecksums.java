package dev.rwkvx.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checksum.Kind;
import dev.rwkvx.io.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The checksums in the header of a safetensors file: the first metadata entry, {@code
 * rwkvx.crc32c}, has eight hexadecimal digits for the header and as many for each tensor, in the
 * order of the header. The sum of the header is that of all bytes in front of the data, its own
 * digits left out.
 *
 * <p>The entry counts at the very beginning of the header only. Programs that copy the metadata
 * into files of their own put it elsewhere, as a rule, and their tensors have other sums.
 */
final class HeaderChecksums {
  static final String KEY = "rwkvx.crc32c";

  private static final String START = "{\"" + SafetensorsReader.METADATA + "\":{\"" + KEY + "\":\"";
  private static final int ENTRY = Checksum.DIGITS + 1;

  /** Where the digits of the header's own sum are. */
  private static final int OWN = Long.BYTES + START.length();

  private final int[] sums;

  private HeaderChecksums(int[] sums) {
    this.sums = sums;
  }

  /** The metadata entry before the sums of {@code tensors} are known. */
  static String blank(int tensors) {
    return "0".repeat(Checksum.DIGITS) + (" " + "0".repeat(Checksum.DIGITS)).repeat(tensors);
  }

  /** Writes the sums of the tensors and that of the header into {@code header}. */
  static void fill(byte[] header, int[] tensors) {
    int at = OWN + ENTRY;
    for (int sum : tensors) {
      put(header, at, sum);
      at += ENTRY;
    }
    put(header, OWN, own(MemorySegment.ofArray(header)));
  }

  private static void put(byte[] header, int at, int sum) {
    System.arraycopy(Checksum.digits(sum).getBytes(US_ASCII), 0, header, at, Checksum.DIGITS);
  }

  private static int own(MemorySegment header) {
    return Kind.CRC32C.of(header.asSlice(0, OWN), header.asSlice(OWN + Checksum.DIGITS));
  }

  /**
   * Reads the sums and checks that of the header.
   *
   * @param end where the header ends
   * @return null where the file has none
   */
  static @Nullable HeaderChecksums read(ByteSource source, long end) {
    if (!source.startsWith(Long.BYTES, START) || end < OWN + ENTRY) {
      return null;
    }
    int count = 0;
    int[] sums = new int[16];
    for (long at = OWN; ; at += ENTRY) {
      if (at + ENTRY > end) {
        throw damaged(source);
      }
      if (count == sums.length) {
        sums = Arrays.copyOf(sums, 2 * count);
      }
      sums[count++] = sum(source, at);
      int separator = source.unsignedByte(at + Checksum.DIGITS);
      if (separator == '"') {
        break;
      }
      if (separator != ' ') {
        throw damaged(source);
      }
    }
    if (sums[0] != own(source.slice(0, end))) {
      throw damaged(source);
    }
    return new HeaderChecksums(Arrays.copyOf(sums, count));
  }

  private static int sum(ByteSource source, long at) {
    int sum = 0;
    for (int i = 0; i < Checksum.DIGITS; i++) {
      int digit = source.unsignedByte(at + i);
      if (!HexFormat.isHexDigit(digit)) {
        throw damaged(source);
      }
      sum = sum << 4 | HexFormat.fromHexDigit(digit);
    }
    return sum;
  }

  private static InputException damaged(ByteSource source) {
    return source.error(
        "is damaged: its header does not have the checksum it was written with ('"
            + KEY
            + "' in its metadata)");
  }

  /** How many tensors have a sum. */
  int tensors() {
    return sums.length - 1;
  }

  Checksum ofTensor(int index) {
    return new Checksum(Kind.CRC32C, sums[1 + index]);
  }
}
