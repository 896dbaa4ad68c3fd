package dev.rwkvx.checkpoint;

import java.nio.charset.StandardCharsets;

/** Writes pickles, well-formed or not, of the kind that torch writes. */
final class PickleBytes {
  private final Bytes out = new Bytes().u8(0x80, 2);

  PickleBytes op(int... opcodes) {
    out.u8(opcodes);
    return this;
  }

  PickleBytes ops(String opcodes) {
    out.ascii(opcodes);
    return this;
  }

  PickleBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.ascii("X").u32(utf8.length).raw(utf8);
    return this;
  }

  PickleBytes global(String module, String name) {
    out.ascii("c" + module + "\n" + name + "\n");
    return this;
  }

  /** A whole number of 64 bits. */
  PickleBytes number(long value) {
    out.u8(0x8a, 8).u64(value);
    return this;
  }

  PickleBytes numbers(long... values) {
    ops("(");
    for (long value : values) {
      number(value);
    }
    return ops("t");
  }

  PickleBytes storage(String type, String key, long elements) {
    return ops("(")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .ops("tQ");
  }

  /** A float32 tensor of storage {@code key}, which has {@code elements} elements. */
  PickleBytes tensor(String key, long elements, long offset, long[] shape, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .ops("(")
        .storage("FloatStorage", key, elements)
        .number(offset)
        .numbers(shape)
        .numbers(strides)
        .op(0x89)
        .global("collections", "OrderedDict")
        .ops(")RtR");
  }

  byte[] stop() {
    return out.ascii(".").toArray();
  }

  /** A dictionary with the one tensor 'x', and storage '0' of {@code storageBytes} beside it. */
  static byte[] fileWithTensor(
      int storageBytes, long elements, long offset, long[] shape, long[] strides) {
    byte[] pickle =
        new PickleBytes()
            .ops("}")
            .text("x")
            .tensor("0", elements, offset, shape, strides)
            .ops("s")
            .stop();
    return file(pickle, storageBytes);
  }

  static byte[] file(byte[] pickle, int storageBytes) {
    return new ZipBytes()
        .add("test/data.pkl", pickle)
        .add("test/data/0", new byte[storageBytes])
        .finish();
  }
}
