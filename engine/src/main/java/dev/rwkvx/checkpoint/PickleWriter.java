package dev.rwkvx.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a pickle of protocol 2, which every version of torch reads, instruction by instruction.
 */
final class PickleWriter {
  private static final int PROTOCOL = 2;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  PickleWriter() {
    op(PickleOpcode.PROTO);
    bytes.write(PROTOCOL);
  }

  PickleWriter op(int opcode) {
    bytes.write(opcode);
    return this;
  }

  PickleWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    op(PickleOpcode.BINUNICODE);
    little(utf8.length, Integer.BYTES);
    bytes.writeBytes(utf8);
    return this;
  }

  /**
   * @param value not negative
   */
  PickleWriter whole(long value) {
    if (value <= 0xff) {
      op(PickleOpcode.BININT1);
      little(value, 1);
    } else if (value <= Integer.MAX_VALUE) {
      op(PickleOpcode.BININT);
      little(value, Integer.BYTES);
    } else {
      op(PickleOpcode.LONG1);
      bytes.write(Long.BYTES);
      little(value, Long.BYTES);
    }
    return this;
  }

  PickleWriter tuple(long... wholes) {
    op(PickleOpcode.MARK);
    for (long value : wholes) {
      whole(value);
    }
    return op(PickleOpcode.TUPLE);
  }

  PickleWriter global(String module, String name) {
    op(PickleOpcode.GLOBAL);
    bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  private void little(long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes.write((int) (value >>> (8 * i)));
    }
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
