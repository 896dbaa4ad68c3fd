package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harmless values that stand beside weights in real checkpoints. */
final class TorchObjectsTest {
  @Test
  void harmlessValuesAreReadOrPassedOver() {
    PickleBytes pickle =
        new PickleBytes()
            .ops("}(")
            .text("none")
            .ops("N")
            .text("true")
            .op(0x88)
            .text("negative")
            .ops("J")
            .op(0xfe, 0xff, 0xff, 0xff)
            .text("zero")
            .op(0x8a, 0)
            .text("minus one")
            .op(0x8a, 1, 0xff)
            .text("big")
            .op(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)
            .text("size")
            .global("torch", "Size")
            .ops("((K")
            .op(3)
            .ops("ttR")
            .text("set")
            .global("builtins", "set")
            .ops("(]tR")
            .text("new set")
            .op(0x8f)
            .ops("(NN")
            .op(0x90)
            .text("bytes")
            .global("_codecs", "encode")
            .ops("(")
            .text("é")
            .text("latin1")
            .ops("tR")
            .text("raw")
            .ops("C")
            .op(2, 0, 255)
            .text("device")
            .global("torch", "device")
            .ops("(")
            .text("cuda")
            .ops("tR")
            .text("dtype")
            .global("torch", "bfloat16")
            .text("pairs")
            .global("collections", "OrderedDict")
            .ops("(](")
            .text("k")
            .ops("Nlat")
            .ops("R")
            .ops("K")
            .op(5)
            .ops("N")
            .text("x")
            .tensor("0", 1, 0, new long[] {}, new long[] {})
            .ops("u")
            // Attributes, as modules put on the dictionaries they return.
            .ops("}")
            .text("_metadata")
            .ops("}sb");
    StoredTensors stored = Golden.read(PickleBytes.file(pickle.stop(), 4));
    assertThat(stored.layouts()).containsOnlyKeys("x");
    assertThat(stored.metadata())
        .containsOnlyKeys("true", "negative", "zero", "minus one", "big")
        .containsEntry("true", "true")
        .containsEntry("negative", "-2")
        .containsEntry("zero", "0")
        .containsEntry("minus one", "-1")
        .containsEntry("big", BigInteger.TWO.pow(64).toString());
  }

  @Test
  void newerProtocolsAreRead() {
    byte[] pickle =
        new PickleBytes()
            .op(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0)
            .ops("}")
            .op(0x94)
            .op(0x8c, 1)
            .ops("x")
            .op(0x94)
            .text("torch._utils")
            .text("_rebuild_tensor_v2")
            .op(0x93)
            .ops("(")
            .storage("HalfStorage", "0", 2)
            .ops("K")
            .op(1)
            .numbers(1)
            .numbers(1)
            .op(0x89)
            .ops("NtRs")
            .stop();
    StoredTensors stored = Golden.read(PickleBytes.file(pickle, 4));
    assertThat(Golden.tensor(stored, "x").type()).isEqualTo(DType.F16);
  }

  @Test
  void untypedStoragesTakeTheirTypeFromTheTensor() {
    byte[] pickle =
        new PickleBytes()
            .ops("}")
            .text("x")
            .global("torch._utils", "_rebuild_tensor_v3")
            .ops("(")
            .ops("(")
            .text("storage")
            .global("torch.storage", "UntypedStorage")
            .text("0")
            .text("cpu")
            .number(4)
            .ops("tQ")
            .number(0)
            .numbers(2)
            .numbers(1)
            .op(0x89)
            .ops("}")
            .global("torch", "bfloat16")
            .ops("tRs")
            .stop();
    Tensor tensor = Golden.tensor(Golden.read(PickleBytes.file(pickle, 4)), "x");
    assertThat(tensor.type()).isEqualTo(DType.BF16);
    assertThat(tensor.elements()).isEqualTo(2);
  }

  @Test
  void everyStorageClassHasItsType() {
    Map<String, DType> classes =
        Map.of(
            "DoubleStorage", DType.F64,
            "FloatStorage", DType.F32,
            "HalfStorage", DType.F16,
            "BFloat16Storage", DType.BF16,
            "LongStorage", DType.I64,
            "IntStorage", DType.I32,
            "ShortStorage", DType.I16,
            "CharStorage", DType.I8,
            "ByteStorage", DType.U8,
            "BoolStorage", DType.BOOL);
    classes.forEach(TorchObjectsTest::isGathered);
  }

  private static void isGathered(String storageClass, DType type) {
    byte[] pickle =
        new PickleBytes()
            .ops("}")
            .text("x")
            .global("torch._utils", "_rebuild_tensor_v2")
            .ops("(")
            .storage(storageClass, "0", 6)
            .number(0)
            // Transposed, so that elements of every size are gathered.
            .numbers(3, 2)
            .numbers(1, 3)
            .ops("NNtRs")
            .stop();
    Bytes elements = new Bytes();
    for (int value = 0; value < 6; value++) {
      elements.u8(value).raw(new byte[type.bytes() - 1]);
    }
    byte[] zip =
        new ZipBytes().add("t/data.pkl", pickle).add("t/data/0", elements.toArray()).finish();
    Tensor tensor = Golden.tensor(Golden.read(zip), "x");
    assertThat(tensor.type()).isEqualTo(type);
    byte[] gathered = tensor.data().toArray(ValueLayout.JAVA_BYTE);
    int[] expected = {0, 3, 1, 4, 2, 5};
    for (int value = 0; value < 6; value++) {
      assertThat(gathered[value * type.bytes()]).isEqualTo((byte) expected[value]);
    }
  }
}
