package dev.rwkvx.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds GGUF files, also wrong ones. */
final class GgufBytes {
  static final int U32 = 4;
  static final int F32 = 6;
  static final int STRING = 8;
  static final int LIST = 9;

  private final List<byte[]> values = new ArrayList<>();
  private final List<byte[]> tensors = new ArrayList<>();
  private int version = 3;
  private long tensorCount = -1;
  private long keyCount = -1;
  private int dataBytes;
  private int alignment = 32;

  /** A file of the right architecture, with a small embedding. */
  static GgufBytes model() {
    return new GgufBytes()
        .text("general.architecture", "rwkv7")
        .u32("rwkv7.wkv.head_size", 4)
        .tensor("token_embd.weight", 0, 0, 8, 3)
        .data(96);
  }

  GgufBytes version(int number) {
    version = number;
    return this;
  }

  GgufBytes counts(long ofTensors, long ofKeys) {
    tensorCount = ofTensors;
    keyCount = ofKeys;
    return this;
  }

  /** Where the data begins, whatever the metadata says. */
  GgufBytes alignment(int bytes) {
    alignment = bytes;
    return this;
  }

  GgufBytes value(String key, int type, byte[] value) {
    values.add(string(key).u32(type).raw(value).toArray());
    return this;
  }

  GgufBytes text(String key, String text) {
    return value(key, STRING, string(text).toArray());
  }

  GgufBytes u32(String key, long number) {
    return value(key, U32, new Bytes().u32(number).toArray());
  }

  GgufBytes f32(String key, float number) {
    return value(key, F32, new Bytes().u32(Float.floatToRawIntBits(number)).toArray());
  }

  GgufBytes texts(String key, String... texts) {
    Bytes list = new Bytes().u32(STRING).u64(texts.length);
    for (String text : texts) {
      list.raw(string(text).toArray());
    }
    return value(key, LIST, list.toArray());
  }

  GgufBytes wholes(String key, int... numbers) {
    Bytes list = new Bytes().u32(5).u64(numbers.length);
    for (int number : numbers) {
      list.u32(number);
    }
    return value(key, LIST, list.toArray());
  }

  /** Dimensions innermost first. */
  GgufBytes tensor(String name, int type, long offset, long... dimensions) {
    Bytes tensor = string(name).u32(dimensions.length);
    for (long dimension : dimensions) {
      tensor.u64(dimension);
    }
    tensors.add(tensor.u32(type).u64(offset).toArray());
    return this;
  }

  GgufBytes data(int bytes) {
    dataBytes = bytes;
    return this;
  }

  byte[] toArray() {
    Bytes file = new Bytes().ascii("GGUF").u32(version);
    file.u64(tensorCount < 0 ? tensors.size() : tensorCount);
    file.u64(keyCount < 0 ? values.size() : keyCount);
    values.forEach(file::raw);
    tensors.forEach(file::raw);
    while (file.size() % alignment != 0) {
      file.u8(0);
    }
    byte[] data = new byte[dataBytes];
    for (int i = 0; i < dataBytes; i++) {
      data[i] = (byte) (i % 32);
    }
    return file.raw(data).toArray();
  }

  private static Bytes string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return new Bytes().u64(utf8.length).raw(utf8);
  }
}
