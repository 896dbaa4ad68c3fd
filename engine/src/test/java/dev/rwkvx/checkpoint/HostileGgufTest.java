package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GGUF files that are damaged, of another kind, or meant to harm are refused in a sentence. */
final class HostileGgufTest {
  @Test
  void theModelThatTheOthersAreMadeOfIsRead() {
    assertThat(Golden.read(GgufBytes.model().toArray()).layouts()).containsKey("emb.weight");
  }

  @Test
  void truncatedFilesAreRefusedAtEveryLength() {
    byte[] file =
        GgufBytes.model()
            .texts("tokenizer.ggml.tokens", "a", "b", "c")
            .wholes("tokenizer.ggml.token_type", 3, 1, 1)
            .toArray();
    for (int length = 0; length < file.length; length++) {
      refused(Arrays.copyOf(file, length), "");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | of version 1; expected version 2 or 3",
        "0 | of version 0; expected version 2 or 3",
        "4 | of version 4; expected version 2 or 3",
        "-1 | of version 4294967295; expected version 2 or 3",
        "0x03000000 | big-endian",
        "0x01000000 | big-endian",
      })
  void otherVersionsAreRefused(String version, String sentence) {
    refused(GgufBytes.model().version(Long.decode(version).intValue()), sentence);
  }

  @ParameterizedTest
  @ValueSource(longs = {(1 << 20) + 1, Long.MAX_VALUE})
  void hugeCountsAreRefused(long count) {
    refused(GgufBytes.model().counts(count, 2), "declares " + count + " tensors");
    refused(GgufBytes.model().counts(1, count), "declares " + count + " values of metadata");
  }

  @Test
  void otherModelsAreRefused() {
    refused(
        new GgufBytes().text("general.architecture", "llama"),
        "is a GGUF file of the architecture 'llama'; expected 'rwkv7'");
    refused(new GgufBytes(), "is a GGUF file of no architecture; expected 'rwkv7'");
    refused(new GgufBytes().u32("general.architecture", 7), "expected a text");
    refused(new GgufBytes().text("general.architecture", "rwkv7"), "'rwkv7.wkv.head_size' 0");
    refused(GgufBytes.model().u32("rwkv7.block_count", 2), "has tensors of 0 blocks; expected 2");
    refused(
        GgufBytes.model().f32("rwkv7.attention.layer_norm_epsilon", 1e-6f),
        "has the layer_norm_epsilon 1.0E-6; expected 1.0E-5");
  }

  @Test
  void blocksThatAreMissingAreNoticed() {
    refused(
        GgufBytes.model().tensor("blk.1.attn_norm.weight", 0, 96, 8).data(128),
        "lacks the tensor 'blk.0.attn_norm.weight'");
  }

  @Test
  void metadataThatDoesNotFitIsRefused() {
    byte[] eight = new byte[8];
    refused(GgufBytes.model().u32("a", 1).u32("a", 1), "has the metadata 'a' twice");
    refused(GgufBytes.model().value("a", 13, eight), "unknown type 13 in the metadata 'a'");
    refused(GgufBytes.model().value("a", 9, list(9, 1)), "has lists of lists");
    refused(GgufBytes.model().value("a", 9, list(10, Long.MAX_VALUE)), "elements in the metadata");
    refused(GgufBytes.model().value("a", 9, list(10, -1)), "elements in the metadata");
    refused(GgufBytes.model().value("a", 9, list(8, 1000)), "truncated or damaged");
    refused(GgufBytes.model().value("a", 8, list(-1, -1)), "truncated or damaged");
    refused(GgufBytes.model().u32("", 1), "has a key of 0 bytes");
    refused(GgufBytes.model().u32("a".repeat(5000), 1), "has a key of 5000 bytes");
    refused(GgufBytes.model().text("general.alignment", "32"), "expected a whole number");
    for (int alignment : new int[] {0, 3, 48, 1 << 21, -1}) {
      refused(GgufBytes.model().u32("general.alignment", alignment), "has the alignment");
    }
  }

  private static byte[] list(int type, long count) {
    return new Bytes().u32(type).u64(count).toArray();
  }

  @Test
  void alignmentIsThatOfTheFile() {
    for (int alignment : new int[] {1, 8, 4096}) {
      byte[] file =
          new GgufBytes()
              .u32("general.alignment", alignment)
              .text("general.architecture", "rwkv7")
              .u32("rwkv7.wkv.head_size", 4)
              .tensor("token_embd.weight", 24, 0, 32)
              .alignment(alignment)
              .data(32)
              .toArray();
      TensorLayout tensor = Golden.read(file).layouts().get("emb.weight");
      assertThat(tensor.read().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 31))
          .isEqualTo((byte) 31);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 96 | 8 0 | has a dimension of 0",
        "0 | 96 | 8 -1 | has a dimension of 18446744073709551615",
        "0 | 96 | 8 1 1 1 1 | has 5 dimensions",
        "0 | 96 | '' | has 0 dimensions",
        "0 | 96 | 4611686018427387904 4 | declares a size beyond 64 bits",
        "0 | 96 | 4611686018427387904 | declares a size beyond 64 bits",
        "0 | 96 | 9 | needs 36 bytes, of which 32 are in the file",
        "0 | 9223372036854775776 | 8 | needs 32 bytes, of which 0 are in the file",
        "0 | 97 | 4 | lies at byte 97 of the data; expected a multiple of 32",
        "0 | -32 | 4 | lies at byte 18446744073709551584 of the data",
        "0 | 64 | 8 | overlap",
        "0 | 0 | 8 | overlap",
        "8 | 96 | 16 2 | has rows of 16 weights; expected a multiple of 32 for the type Q8_0",
        "12 | 96 | 128 2 | has rows of 128 weights; expected a multiple of 256 for the type Q4_K",
        "16 | 96 | 256 | has the type 16 (IQ2_XXS), which is not read",
        "4 | 96 | 32 | has the type 4, which is not read",
        "4294967295 | 96 | 32 | has the type 4294967295, which is not read",
      })
  void tensorsThatDoNotFitAreRefused(long type, long offset, String dimensions, String sentence) {
    long[] shape =
        dimensions.isEmpty()
            ? new long[0]
            : Arrays.stream(dimensions.split(" ")).mapToLong(Long::parseLong).toArray();
    refused(GgufBytes.model().tensor("x", (int) type, offset, shape).data(128), sentence);
  }

  @Test
  void namesAreDistinct() {
    refused(
        GgufBytes.model().tensor("token_embd.weight", 0, 96, 8).data(128),
        "has two tensors 'token_embd.weight'");
    refused(
        GgufBytes.model().tensor("emb.weight", 0, 96, 8).data(128),
        "has the tensor 'emb.weight' twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "time_mix_lerp_fused.weight | 0 | 8 5 | expected rows for r, w, k, v, a and g",
        "time_mix_lerp_fused.weight | 8 | 32 6 | expected F32, F16 or BF16",
        "time_mix_r_k.weight | 0 | 6 | expected a multiple of the head size 4",
        "time_mix_k_k.weight | 8 | 32 | expected F32, F16 or BF16",
        "time_mix_g1.weight | 0 | 8 2 2 | expected two dimensions",
      })
  void tensorsOfBlocksHaveTheirShapes(String name, int type, String dimensions, String sentence) {
    long[] shape = Arrays.stream(dimensions.split(" ")).mapToLong(Long::parseLong).toArray();
    refused(GgufBytes.model().tensor("blk.0." + name, type, 96, shape).data(1024), sentence);
  }

  @Test
  void tokensThatCannotBeReadAreRefused() {
    refused(vocabulary("<s>", "a\\q"), "has token 1 with the escape '\\q'");
    refused(vocabulary("<s>", "a\\"), "has token 1 with the escape");
    refused(
        vocabulary("a", "b").wholes("tokenizer.ggml.token_type", 1, 1),
        "has a text as token 0; expected the end of a document, or all 256 bytes");
    refused(
        GgufBytes.model()
            .text("tokenizer.ggml.model", "rwkv")
            .wholes("tokenizer.ggml.tokens", 1, 2),
        "expected a list of at most 1048576 texts");
  }

  @Test
  void tokensBecomeLinesOfAVocabulary() {
    assertThat(recorded(vocabulary("<s>", "a'b\\'\\\"\\\\", "\\n\\xff", "\u4f60\u0001", "[PAD4]")))
        .isEqualTo("rwkvx-vocabulary 1 4\na'b'\"\\\\\n\\n\\xff\n\u4f60\\x01\n[PAD4]\n");
    GgufBytes some =
        vocabulary("<s>", "a", "[PAD2]", "x").wholes("tokenizer.ggml.token_type", 3, 1, 5, 4);
    assertThat(recorded(some)).isEqualTo("rwkvx-vocabulary 1 3\na\n\nx\n");
    String[] bytes = new String[256];
    Arrays.setAll(bytes, i -> GgufVocabulary.text(new byte[] {(byte) i}, i));
    assertThat(recorded(vocabulary(bytes).wholes("tokenizer.ggml.token_type", ones(256))))
        .isEqualTo("byte");
    String[] padded = Arrays.copyOf(bytes, 258);
    Arrays.fill(padded, 256, 258, "[PAD]");
    int[] kinds = Arrays.copyOf(ones(256), 258);
    Arrays.fill(kinds, 256, 258, 5);
    assertThat(recorded(vocabulary(padded).wholes("tokenizer.ggml.token_type", kinds)))
        .isEqualTo("byte");
    padded[7] = "x";
    refused(vocabulary(padded).wholes("tokenizer.ggml.token_type", kinds), "has a text as token 0");
    assertThat(
            Golden.read(GgufBytes.model().text("tokenizer.ggml.model", "gpt2").toArray())
                .metadata())
        .isEmpty();
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static GgufBytes vocabulary(String... tokens) {
    return GgufBytes.model()
        .text("tokenizer.ggml.model", "rwkv")
        .texts("tokenizer.ggml.tokens", tokens);
  }

  private static String recorded(GgufBytes file) {
    return Golden.read(file.toArray()).metadata().get("rwkvx.vocabulary");
  }

  // --- parts -----------------------------------------------------------------------------------

  @Test
  void partsThatDoNotBelongTogetherAreRefused() {
    GgufBytes first = GgufBytes.model().u32("split.count", 2).u32("split.no", 0);
    refused(first, "expected a name such as *-00001-of-00003.gguf");
    refused(GgufBytes.model().u32("split.count", 2).u32("split.no", 1), "is a later part of 2");
    String name = "x-00001-of-00002.gguf";
    byte[] second = new GgufBytes().u32("split.no", 1).toArray();
    assertThat(read(name, first, second).format()).isEqualTo("GGUF in 2 parts");
    refusedParts(name, first, new byte[100], "is part of a GGUF model, but no GGUF file");
    refusedParts(
        name, first, new GgufBytes().u32("split.no", 2).toArray(), "that it is part 2 of 2");
    refusedParts(name, first, new GgufBytes().toArray(), "that it is part 2 of 2");
    refusedParts(
        name,
        GgufBytes.model().u32("split.count", 2).u32("split.tensors.count", 5),
        second,
        "and its other parts have 1 tensors; expected 5");
    byte[] again =
        new GgufBytes().u32("split.no", 1).tensor("token_embd.weight", 0, 0, 8).data(32).toArray();
    refusedParts(name, first, again, "has the tensor 'token_embd.weight' twice");
    refused(
        GgufBytes.model().u32("split.count", 100_000), "expected a name such as *-00001-of-00003");
  }

  private static StoredTensors read(String name, GgufBytes first, byte[] second) {
    Map<String, byte[]> others = Map.of("x-00002-of-00002.gguf", second);
    return CheckpointReader.read(
        Golden.source(name, first.toArray()), part -> Golden.source(part, others.get(part)));
  }

  private static void refusedParts(String name, GgufBytes first, byte[] second, String sentence) {
    assertThatThrownBy(() -> read(name, first, second))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("x-0000")
        .hasMessageContaining(sentence);
  }

  private static void refused(GgufBytes file, String sentence) {
    refused(file.toArray(), sentence);
  }

  private static void refused(byte[] file, String sentence) {
    assertThatThrownBy(() -> Golden.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("test file: ")
        .hasMessageContaining(sentence);
  }
}
