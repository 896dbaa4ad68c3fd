package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.io.JsonReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileSafetensorsTest {
  private static final String TENSOR =
      "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  // Single files.

  @ParameterizedTest
  @ValueSource(longs = {100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void hugeHeadersAreRefused(long length) {
    byte[] file = new Bytes().u64(length).ascii("{}").toArray();
    refused(file, "header of " + Long.toUnsignedString(length) + " bytes; the limit is 100000000");
  }

  @Test
  void truncatedFilesAreRefusedAtEveryLength() {
    byte[] file = Golden.bytes("expected.safetensors");
    for (int length = 0; length < file.length; length++) {
      byte[] truncated = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> Golden.read(truncated))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith("test file: ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "F32 | [2] | [0,9] | lies at bytes 0 to 9 of the data, which has 8",
        "F32 | [2] | [8,0] | lies at bytes 8 to 0",
        "F32 | [2] | [9223372036854775800,9223372036854775807] | lies at bytes",
        "F32 | [2] | [-8,0] | the negative size or offset -8",
        "F32 | [1] | [0,8] | has 8 bytes, which do not fit its type and shape",
        "F16 | [2] | [0,8] | has 8 bytes, which do not fit its type and shape",
        "F32 | [-2] | [0,8] | the negative size or offset -2",
        "F32 | [4294967296,4294967296] | [0,0] | declares a size beyond 64 bits",
        "F64 | [4611686018427387904] | [0,0] | declares a size beyond 64 bits",
        "F32 | [2] | [0] | lacks a dtype, a shape or two data_offsets",
        "F32 | [2] | [0,8,8] | a list of more than 2 numbers",
        "F32 | [2.0] | [0,8] | the number 2.0",
        "F32 | [99999999999999999999] | [0,8] | the number 99999999999999999999",
        "F8_E4M3 | [8] | [0,8] | has the unknown type 'F8_E4M3'",
        "f32 | [2] | [0,8] | has the unknown type 'f32'",
      })
  void wrongDeclarationsAreRefused(String type, String shape, String offsets, String sentence) {
    String header =
        "{\"x\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
            .formatted(type, shape, offsets);
    refused(Bytes.safetensors(header, 8), sentence);
  }

  @Test
  void overlapsAreRefused() {
    String other = "\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}";
    refused(Bytes.safetensors("{" + TENSOR + "," + other + "}", 12), "tensors 'x' and 'y' overlap");
  }

  @Test
  void doublesAreRefused() {
    refused(Bytes.safetensors("{" + TENSOR + "," + TENSOR + "}", 16), "two tensors 'x'");
    refused(
        Bytes.safetensors("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0),
        "two fields 'dtype'");
    String metadata = "\"__metadata__\":{\"a\":\"1\"}";
    refused(Bytes.safetensors("{" + metadata + "," + metadata + "}", 0), "its metadata twice");
    refused(
        Bytes.safetensors("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0),
        "the metadata 'a' twice");
  }

  @Test
  void metadataMustBeStrings() {
    refused(Bytes.safetensors("{\"__metadata__\":{\"a\":1}}", 0), "expected '\"'");
  }

  @Test
  void namesMustBeUtf8() {
    byte[] header = "{\"??\":1}".getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xc3;
    header[3] = (byte) 0x28;
    refused(new Bytes().u64(header.length).raw(header).toArray(), "not valid UTF-8");
  }

  @Test
  void namesCannotFloodOrSteerTheTerminal() {
    String header = "{\"\\u001b[2J%s\":{}}".formatted("x".repeat(10_000));
    assertThatThrownBy(() -> Golden.read(Bytes.safetensors(header, 0)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("test file: tensor '\uFFFD[2Jxxx")
        .hasMessageMatching(".{400,600}");
  }

  @Test
  void unknownFieldsArePassedOver() {
    String header =
        TENSOR.replace("\"dtype\"", "\"note\":{\"a\":[1,null,true,false,-1.5e3]},\"dtype\"");
    assertThat(Golden.read(Bytes.safetensors("{" + header + "}  ", 8)).layouts())
        .containsOnlyKeys("x");
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "[".repeat(100_000);
    refused(Bytes.safetensors("{\"x\":{\"note\":" + deep + "}}", 0), "at most 64 nested values");
  }

  @Test
  void anEmptyFileOfNoTensorsIsRead() {
    assertThat(Golden.read(Bytes.safetensors("{}", 0)).layouts()).isEmpty();
  }

  // JSON.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":[1 2]}",
        "{\"a\":[1,]}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"unfinished",
        "{\"a\":\"unfinished\\",
        "{} x",
      })
  void brokenJsonIsRefused(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    JsonReader reader = new JsonReader(Golden.source("test file", bytes), 0, bytes.length);
    assertThatThrownBy(
            () -> {
              reader.object(_ -> reader.skip());
              reader.end();
            })
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("test file: its JSON is damaged at byte");
  }

  @Test
  void escapesAreRead() {
    byte[] bytes =
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83e\\udd9c é🦜\"".getBytes(StandardCharsets.UTF_8);
    assertThat(new JsonReader(Golden.source("test file", bytes), 0, bytes.length).string())
        .isEqualTo("\"\\/\b\f\n\r\té🦜 é🦜");
  }

  // Indexes.

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "/etc/passwd", "a/b", "a\\\\b", "..", ".", "", " ", "C:x", "a\\u0000"})
  void shardsStayInTheirFolder(String file) {
    refused(index("{\"x\":\"" + file + "\"}"), "expected a file beside the index");
  }

  @Test
  void indexesThatDoNotFitTheirShardsAreRefused() {
    refused(index("{\"y\":\"shard\"}"), "places tensor 'y' in 'shard', which does not have it");
    refused(index("{\"x\":\"shard\",\"x\":\"shard\"}"), "places tensor 'x' twice");
    refused(index("{}"), "JSON without a weight_map");
    refused("{\"x\": 1}".getBytes(StandardCharsets.UTF_8), "JSON without a weight_map");
    refused(index("{\"x\":1}"), "expected '\"'");
  }

  // Other files.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html><title>404</title> | is a web page or XML, not a checkpoint",
        "version https://git-lfs.github.com/spec/v1 | is a Git LFS pointer",
        "Entry not found | is a text file, not a checkpoint; it starts with 'Entry not found'",
      })
  void otherKindsOfFilesAreNamed(String content, String sentence) {
    refused(content.getBytes(StandardCharsets.UTF_8), sentence);
  }

  @Test
  void otherBinaryFilesAreRefused() {
    refused(new Bytes().ascii("\177ELF").u32(0x10102).u64(0).toArray(), "is not a checkpoint");
    Random random = new Random(5);
    for (int length = 1; length < 2000; length++) {
      byte[] garbage = new byte[length];
      random.nextBytes(garbage);
      refused(garbage, "");
    }
  }

  @Test
  void picklesOfOtherProgramsAreRefused() {
    refused(new PickleBytes().ops("K").op(1).stop(), "is a pickle but not one written by torch");
  }

  private static byte[] index(String weightMap) {
    return ("{\"metadata\":{},\"weight_map\":" + weightMap + "}").getBytes(StandardCharsets.UTF_8);
  }

  private static void refused(byte[] file, String sentence) {
    Map<String, byte[]> shards = Map.of("shard", Bytes.safetensors("{" + TENSOR + "}", 8));
    assertThatThrownBy(() -> Golden.read(file, shards))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("test file: ")
        .hasMessageContaining(sentence);
  }
}
