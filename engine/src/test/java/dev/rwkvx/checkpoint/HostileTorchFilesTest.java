package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileTorchFilesTest {
  private static final long[] ONE = {1};

  // Archives.

  @Test
  void compressedEntriesAreRefusedByName() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("bomb/data.pkl"));
      zip.write(new byte[10_000_000]);
    }
    refused(bytes.toByteArray(), "entry 'bomb/data.pkl' is compressed (method 8)");
  }

  @Test
  void encryptedEntriesAreRefused() {
    byte[] zip = new ZipBytes().flags(0x0801).add("a/data.pkl", new byte[4]).finish();
    refused(zip, "entry 'a/data.pkl' is encrypted");
  }

  @Test
  void overlappingEntriesAreRefused() {
    byte[] inner = new ZipBytes().add("a/b", new byte[100]).finish();
    ZipBytes zip = new ZipBytes().add("a/data.pkl", inner);
    int innerStart = zip.size() - 16 - inner.length;
    byte[] overlapping = zip.claim("a/b".getBytes(StandardCharsets.UTF_8), innerStart, 10).finish();
    refused(overlapping, "entries 'a/data.pkl' and 'a/b' overlap");
  }

  @ParameterizedTest
  @ValueSource(longs = {1000, 0x7fff_ffffL, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void entriesOutsideTheFileAreRefused(long size) {
    ZipBytes zip = new ZipBytes().zip64().add("a/data.pkl", new byte[10]);
    int start = zip.size();
    zip.add("a/x", new byte[10]);
    byte[] name = "a/x".getBytes(StandardCharsets.UTF_8);
    refused(zip.claim(name, start, size).finish(), "entry 'a/x'");
    refused(zip.claim(name, size, 10).finish(), "entry 'a/x'");
  }

  @Test
  void doubledEntriesAreRefused() {
    byte[] zip = new ZipBytes().add("a/x", new byte[1]).add("a/x", new byte[1]).finish();
    refused(zip, "two entries 'a/x'");
  }

  @Test
  void entryNamesMustBeUtf8() {
    byte[] name = {'a', (byte) 0xff};
    refused(
        new ZipBytes().add("a/data.pkl", new byte[4]).claim(name, 0, 0).finish(),
        "not valid UTF-8");
  }

  @Test
  void archivesOfOtherThingsAreRefused() {
    refused(new ZipBytes().add("word/document.xml", new byte[9]).finish(), "without data.pkl");
    refused(new ZipBytes().finish(), "without data.pkl");
  }

  @Test
  void truncatedFilesAreRefusedAtEveryLength() {
    for (String name : new String[] {"variants.pth", "legacy.pth"}) {
      byte[] file = Golden.bytes(name);
      for (int length = 0; length < file.length; length++) {
        byte[] truncated = Arrays.copyOf(file, length);
        assertThatThrownBy(() -> Golden.read(truncated))
            .isInstanceOf(InputException.class)
            .hasMessageStartingWith("test file: ");
      }
    }
  }

  @Test
  void bigEndianFilesAreRefused() {
    byte[] zip =
        new ZipBytes()
            .add("a/data.pkl", new PickleBytes().ops("}").stop())
            .add("a/byteorder", "big".getBytes(StandardCharsets.UTF_8))
            .finish();
    refused(zip, "big-endian");
  }

  // Pickles.

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "builtins, eval",
    "__builtin__, exec",
    "torch, load",
    "torch.nn, Linear"
  })
  void codeIsNotCalled(String module, String name) {
    byte[] call = new PickleBytes().global(module, name).ops("(").text("ls").ops("tR").stop();
    refused(PickleBytes.file(call, 4), "asks to call '" + module + "." + name + "'");
    byte[] stackGlobal =
        new PickleBytes().text(module).text(name).op(0x93).ops("(").text("ls").ops("tR").stop();
    refused(PickleBytes.file(stackGlobal, 4), "asks to call '" + module + "." + name + "'");
  }

  @Test
  void knownNamesAreCalledOnlyAsTorchDoes() {
    refusedPickle(new PickleBytes().ops("})R"), "calls something that is not a function");
    refusedPickle(new PickleBytes().global("torch", "FloatStorage").ops(")R"), "not a function");
    refusedPickle(new PickleBytes().global("torch", "Size").ops("}R"), "not a function");
    refusedPickle(
        new PickleBytes().global("torch._utils", "_rebuild_tensor_v2").ops(")R"), "damaged");
    refusedPickle(
        new PickleBytes().global("torch._utils", "_rebuild_parameter").ops("(}t").ops("R"),
        "a parameter that is not a tensor");
  }

  @Test
  void cyclesAreRefused() {
    refusedPickle(new PickleBytes().ops("]q").op(0).ops("h").op(0).ops("a"), "contains itself");
    refusedPickle(
        new PickleBytes()
            .ops("}q")
            .op(0)
            .text("x")
            .tensor("0", 1, 0, ONE, ONE)
            .ops("s")
            .text("self")
            .ops("h")
            .op(0)
            .ops("s"),
        "contains itself");
    // Through a tuple and a list below.
    refusedPickle(
        new PickleBytes().ops("]q").op(0).ops("]h").op(0).op(0x85).ops("aa"), "contains itself");
  }

  @Test
  void sharedPartsAreNoCycle() {
    byte[] pickle =
        new PickleBytes()
            .ops("}")
            .text("a")
            .ops("]q")
            .op(0)
            .ops("s")
            .text("b")
            .ops("h")
            .op(0)
            .ops("s")
            .text("x")
            .tensor("0", 1, 0, ONE, ONE)
            .ops("s")
            .stop();
    assertThat(Golden.read(PickleBytes.file(pickle, 4)).layouts()).containsOnlyKeys("x");
  }

  @Test
  void deepNestingNeedsNoDeepStack() {
    byte[] deep = new PickleBytes().ops("]".repeat(500_000) + "a".repeat(499_999)).stop();
    refused(PickleBytes.file(deep, 4), "found a list of 1");
    byte[] keys = new PickleBytes().ops("})]s").stop();
    refused(PickleBytes.file(keys, 4), "a dictionary without names");
  }

  @Test
  void doublingListsAreReadInLinearTime() {
    PickleBytes pickle = new PickleBytes().ops("]q").op(0).ops("0");
    for (int i = 1; i < 200; i++) {
      pickle.ops("](h").op(i - 1).ops("h").op(i - 1).ops("eq").op(i).ops("0");
    }
    refusedPickle(pickle.ops("h").op(199), "found a list of 2");
  }

  @Test
  void tooManyValuesAreRefused() {
    refusedPickle(new PickleBytes().ops("N".repeat((1 << 20) + 1)), "more than 1048576 values");
    refusedPickle(new PickleBytes().ops("(".repeat((1 << 20) + 1)), "more than 1048576 values");
  }

  @Test
  void copiesOfCallsAreCounted() {
    // A list of 1,000 pairs, of which dictionaries are made over and over.
    PickleBytes pickle = new PickleBytes().ops("](");
    for (int i = 0; i < 1000; i++) {
      pickle.text("key" + i % 7).ops("N").op(0x86);
    }
    pickle.ops("e").op(0x85).ops("q").op(0).ops("0");
    for (int i = 0; i < 2000; i++) {
      pickle.global("collections", "OrderedDict").ops("h").op(0).ops("R0");
    }
    refusedPickle(pickle, "more than 1048576 values");
  }

  @Test
  void shapesOfTensorsAreCounted() {
    long[] wide = new long[64];
    PickleBytes pickle = new PickleBytes().numbers(wide).ops("q").op(0);
    pickle.storage("FloatStorage", "0", 1).ops("q").op(1);
    pickle.global("torch._utils", "_rebuild_tensor_v2").ops("q").op(2);
    for (int i = 0; i < 10_000; i++) {
      pickle.ops("h").op(2).ops("(h").op(1).ops("K").op(0).ops("h").op(0).ops("h").op(0);
      pickle.op(0x89).ops(")tR0");
    }
    refusedPickle(pickle, "more than 1048576 values");
  }

  @Test
  void storedValuesAreCounted() {
    int[] memoize = new int[(1 << 20) + 1];
    Arrays.fill(memoize, 0x94);
    refusedPickle(new PickleBytes().ops("N").op(memoize), "more than 1048576 values");
  }

  @Test
  void textIsBounded() {
    byte[] tail = new byte[(32 << 20) + 1];
    Bytes pickle = new Bytes().u8(0x80, 2).ascii("X").u32(tail.length).raw(tail);
    refused(PickleBytes.file(pickle.ascii(".").toArray(), 4), "more than 33554432 bytes of text");
    refusedPickle(new PickleBytes().ops("c" + "a".repeat(2000)), "a name of more than 1024 bytes");
  }

  /** On disk the file takes a page or two. */
  @Test
  void sparseFilesAreNoBurden(@TempDir Path folder) throws IOException {
    for (long length : new long[] {3_000_000_000L, Integer.MAX_VALUE - 100L}) {
      Path file = folder.resolve("sparse.pth");
      byte[] start = new Bytes().u8(0x80, 2, 0x8d).u64(length).toArray();
      try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
        sparse.write(start);
        sparse.setLength(start.length + length + 1);
      }
      assertThatThrownBy(() -> Checkpoint.open(file))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(file + ": ")
          .hasMessageContaining("more than 33554432 bytes of text");
    }
  }

  @Test
  void declaredLengthsBeyondTheEndAreRefused() {
    for (String opcode : new String[] {"X", "T", "B"}) {
      refusedPickle(new PickleBytes().ops(opcode).op(255, 255, 255, 255), "truncated");
    }
    for (int opcode : new int[] {0x8d, 0x8e, 0x96}) {
      int[] huge = {opcode, 255, 255, 255, 255, 255, 255, 255, 127};
      refusedPickle(new PickleBytes().op(huge), "truncated");
      huge[8] = 255;
      refusedPickle(new PickleBytes().op(huge), "truncated");
    }
    refusedPickle(new PickleBytes().op(0x8b, 0, 0, 0, 1), "a number of 16777216 bytes");
  }

  @Test
  void damagedStacksAreRefused() {
    for (String opcodes :
        new String[] {"", "0", "1", "2", "t", "a", "e", "s", "u", "R", "Q", "b"}) {
      refusedPickle(new PickleBytes().ops(opcodes), "damaged");
    }
    refusedPickle(new PickleBytes().ops("N(a"), "a value is missing");
    refusedPickle(new PickleBytes().ops("h").op(7), "recalls value 7");
    refusedPickle(new PickleBytes().ops("i"), "the instruction 0x69");
    refusedPickle(new PickleBytes().op(0x80, 9), "protocol 9");
    refusedPickle(new PickleBytes().ops("N)b"), "sets attributes");
    refusedPickle(new PickleBytes().ops("}(NNNu"), "a key without a value");
  }

  @Test
  void textMustBeUtf8() {
    refusedPickle(new PickleBytes().ops("}").op(0x8c, 2, 0xc3, 0x28).ops("Ns"), "not valid UTF-8");
  }

  @Test
  void persistentIdsMustBeStorages() {
    refusedPickle(new PickleBytes().ops("NQ"), "other than a tuple");
    refusedPickle(new PickleBytes().ops("(").text("module").ops("tQ"), "not a storage");
    refusedPickle(new PickleBytes().storage("FloatStorage", "0", -1), "declares -1 elements");
    refusedPickle(
        new PickleBytes().storage("FloatStorage", "0", Long.MAX_VALUE),
        "declares 9223372036854775807");
    refusedPickle(
        new PickleBytes().storage("FloatStorage", "0", 1).storage("HalfStorage", "0", 1),
        "storage '0' twice");
  }

  // Tensors.

  @Test
  void declaredSizesThatTheStorageLacksAreRefused() {
    tensorRefused(8, 4, 0, new long[] {4}, ONE, "needs 16 bytes of storage '0', the file has 8");
    tensorRefused(16, 4, 0, new long[] {5}, ONE, "reaches to byte 20 of its storage");
    tensorRefused(16, 4, 1, new long[] {4}, ONE, "reaches to byte 20 of its storage");
    tensorRefused(16, 4, 0, new long[] {2, 2}, new long[] {3, 1}, "reaches to byte 20");
    tensorRefused(16, 4, 1L << 62, ONE, ONE, "beyond 64 bits");
    tensorRefused(16, 4, 0, new long[] {1L << 62}, new long[] {1L << 62}, "beyond 64 bits");
    tensorRefused(16, 4, 0, new long[] {1L << 32, 1L << 32}, new long[2], "beyond 64 bits");
    tensorRefused(16, 4, 0, new long[] {1L << 61, 1}, new long[2], "beyond 64 bits");
  }

  @Test
  void impossibleShapesAreRefused() {
    tensorRefused(16, 4, 0, new long[] {-1}, ONE, "impossible shape");
    tensorRefused(16, 4, -1, ONE, ONE, "impossible shape");
    tensorRefused(16, 4, 3, new long[] {2}, new long[] {-1}, "impossible shape");
    tensorRefused(16, 4, 0, new long[] {1, 1}, ONE, "impossible shape");
    tensorRefused(16, 4, 0, new long[65], new long[65], "a tensor of 65 dimensions");
  }

  @Test
  void expandedTensorsMayNotOutgrowTheFile() {
    tensorRefused(4, 1, 0, new long[] {1L << 30}, new long[] {0}, "repeats its elements");
    PickleBytes many = new PickleBytes().ops("}");
    for (int i = 0; i < 9; i++) {
      many.text("x" + i).tensor("0", 1, 0, new long[] {1 << 15}, new long[] {0}).ops("s");
    }
    refused(PickleBytes.file(many.stop(), 4), "repeats its elements");
    StoredTensors some =
        Golden.read(PickleBytes.fileWithTensor(4, 1, 0, new long[] {3, 1 << 10}, new long[2]));
    assertThat(Golden.tensor(some, "x").toFloats()).hasSize(3 << 10).containsOnly(0);
  }

  @Test
  void emptyTensorsOfHugeShapesTakeNothing() {
    long[] shape = {1L << 62, 0, 1L << 62};
    StoredTensors empty = Golden.read(PickleBytes.fileWithTensor(4, 1, 0, shape, new long[3]));
    assertThat(Golden.tensor(empty, "x").elements()).isZero();
  }

  @Test
  void missingStoragesAreRefused() {
    byte[] pickle =
        new PickleBytes().ops("}").text("x").tensor("9", 1, 0, ONE, ONE).ops("s").stop();
    refused(
        PickleBytes.file(pickle, 4), "tensor 'x' needs 4 bytes of storage '9', the file has none");
  }

  // Where the weights are.

  @Test
  void filesWithoutWeightsSayWhatTheyHold() {
    refusedPickle(new PickleBytes().tensor("0", 1, 0, ONE, ONE), "a single tensor without a name");
    refusedPickle(new PickleBytes().ops("}").text("step").ops("K").op(1).ops("s"), "'step'");
    refusedPickle(new PickleBytes().ops("N"), "found a single value");
  }

  @Test
  void ofSeveralDictionariesTheUsualNameIsRead() {
    PickleBytes both = new PickleBytes().ops("}");
    for (String name : new String[] {"ema", "state_dict"}) {
      both.text(name).ops("}").text("in " + name).tensor("0", 1, 0, ONE, ONE).ops("ss");
    }
    assertThat(Golden.read(PickleBytes.file(both.stop(), 4)).layouts())
        .containsOnlyKeys("in state_dict");
    PickleBytes neither = new PickleBytes().ops("}");
    for (String name : new String[] {"generator", "discriminator"}) {
      neither.text(name).ops("}").text("x").tensor("0", 1, 0, ONE, ONE).ops("ss");
    }
    refusedPickle(neither, "several dictionaries of tensors ('generator', 'discriminator')");
  }

  private static void tensorRefused(
      int storageBytes, long elements, long offset, long[] shape, long[] strides, String sentence) {
    refused(PickleBytes.fileWithTensor(storageBytes, elements, offset, shape, strides), sentence);
  }

  private static void refusedPickle(PickleBytes pickle, String sentence) {
    refused(PickleBytes.file(pickle.stop(), 4), sentence);
  }

  private static void refused(byte[] file, String sentence) {
    assertThatThrownBy(() -> Golden.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("test file: ")
        .hasMessageContaining(sentence);
  }
}
