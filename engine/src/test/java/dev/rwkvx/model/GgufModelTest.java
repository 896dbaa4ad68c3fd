package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.SharedFiles;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.generate.ModelVocabulary;
import dev.rwkvx.math.CodeGroup;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * GGUF files of llama.cpp compute what their weights, taken as floats, compute in double precision.
 */
class GgufModelTest {
  private static final Path GOLDEN = Golden.resource("/golden/gguf/gold-Q4_K_M.gguf");
  private static final Path EXPECTED = Golden.resource("/golden/gguf/expected.safetensors");

  @TempDir private Path folder;

  @Test
  void aQuantisedFileIsAsExactAsItsTypesAllow() {
    agrees(GOLDEN, EXPECTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gold-F16",
        "gold-BF16",
        "gold-Q8_0",
        "gold-Q4_0",
        "gold-Q4_1",
        "gold-Q5_0",
        "gold-Q5_1",
        "gold-Q2_K",
        "gold-Q3_K_M",
        "gold-Q5_K_M",
        "gold-Q6_K",
        "gold-IQ4_NL",
        "gold-IQ4_XS",
      })
  void allTypesAreAsExactAsTheyAllow(String name) {
    Path file = SharedFiles.path("golden/gguf/" + name + ".gguf");
    agrees(file, SharedFiles.path("golden/gguf/expected.safetensors"));
  }

  private void agrees(Path file, Path expectations) {
    String name = file.getFileName().toString().replace(".gguf", "");
    try (Checkpoint expected = Checkpoint.open(expectations)) {
      int[] tokens = tokens(expected.tensor("tokens"));
      float[] logits = expected.tensor("logits." + name).toFloats();
      assertThat(difference(converted(file, new Target.Floating(DType.F32)), tokens, logits))
          .isLessThan(1e-4f);
      float[] ofLlama = expected.tensor("logits_llamacpp." + name).toFloats();
      float limit = Golden.largestDifference(ofLlama, logits);
      assertThat(difference(file, tokens, logits)).isLessThan(limit);
      // A file with the same codes; what is f16 in it is rounded further.
      assertThat(difference(converted(file, new Target.Same()), tokens, logits)).isLessThan(limit);
    }
  }

  private Path converted(Path file, Target target) {
    Path out = folder.resolve("out.safetensors");
    try (Checkpoint in = Checkpoint.open(file)) {
      Conversion.run(in, out, target, Map.of());
    }
    return out;
  }

  private static float difference(Path file, int[] tokens, float[] expected) {
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      return Golden.largestDifference(Golden.run(model, tokens, 20), expected);
    }
  }

  private static int[] tokens(Tensor tensor) {
    return IntStream.range(0, (int) tensor.elements())
        .map(i -> tensor.data().get(ValueLayout.JAVA_INT_UNALIGNED, i * 4L))
        .toArray();
  }

  /** Where our types can hold the codes, the weights in memory are those of the file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Q8_0", "Q5_0", "IQ4_NL", "Q3_K", "Q4_0", "Q4_1", "Q4_K", "IQ4_XS",
      })
  void codesAreKept(String label) {
    DType type = DType.valueOf(label);
    LoadedType loaded = LoadedType.of(type).orElseThrow();
    assertThat(loaded.type().isQuantized()).isTrue();
    try (Checkpoint file = Checkpoint.open(EXPECTED)) {
      String name = label + ".blk.0.time_mix_receptance.weight";
      Tensor tensor = Tensor.of(name, type, new long[] {2, 256}, file.tensor(name).data());
      float[] weights = tensor.toFloats();
      StoredRows rows = new StoredRows(tensor, null, 256);
      CodeGroup group = new CodeGroup();
      for (int i = 0; i < weights.length; i += 32) {
        rows.codes(loaded.type(), i / 256, i % 256 / 32, group);
        float scale = Float.float16ToFloat(group.scale());
        float minimum = loaded.type() == WeightType.Q4 ? Float.float16ToFloat(group.minimum()) : 0f;
        // Half a step of binary16 in scale and minimum, where these are rounded.
        float rounding = loaded.exactness() == LoadedType.Exactness.EXACT ? 0f : 0x1.01p-11f;
        for (int j = 0; j < 32; j++) {
          float product = scale * group.code(j);
          assertThat(Math.abs(product + minimum - weights[i + j]))
              .isLessThanOrEqualTo(rounding * (Math.abs(product) + Math.abs(minimum)));
        }
      }
    }
  }

  @Test
  void theVocabularyIsInTheFile() {
    try (RwkvX model = RwkvX.open(GOLDEN, ModelOptions.defaults())) {
      Vocabulary vocabulary = ModelVocabulary.find(model).orElseThrow();
      assertThat(vocabulary.size()).isEqualTo(320);
      // As llama.cpp tokenises it.
      assertThat(new Tokenizer(vocabulary).encode("hello\n\nWorld A B"))
          .containsExactly(105, 102, 109, 109, 112, 261, 88, 112, 115, 109, 101, 300, 301);
      byte[] text = "a\"'\\\n\t \u00e9 \u4f60 \u0000\u007f".getBytes(StandardCharsets.UTF_8);
      assertThat(new Tokenizer(vocabulary).encode(text))
          .containsExactly(98, 35, 40, 93, 260, 33, 196, 170, 33, 229, 190, 161, 33, 1, 128);
      assertThat(model.metadata())
          .containsEntry("general.name", "gold")
          .containsEntry("tokenizer.chat_template", "rwkv-world");
    }
  }

  @Test
  void namesAndShapesAreTheOfficialOnes() {
    try (Checkpoint file = Checkpoint.open(GOLDEN)) {
      assertThat(file.format()).isEqualTo("GGUF");
      assertThat(file.shape("blocks.1.att.w1")).containsExactly(256, 32);
      assertThat(file.shape("blocks.1.att.g2")).containsExactly(40, 256);
      assertThat(file.shape("blocks.0.att.x_g")).containsExactly(1, 1, 256);
      assertThat(file.shape("blocks.0.att.r_k")).containsExactly(4, 64);
      assertThat(file.shape("blocks.0.ffn.key.weight")).containsExactly(512, 256);
      assertThat(file.type("emb.weight")).isEqualTo(DType.Q4_K);
      assertThat(file.type("head.weight")).isEqualTo(DType.Q6_K);
      assertThat(file.contains("blocks.0.att.v1")).isFalse();
      // 62 in the file, of which 3 are unused and 2 hold six vectors each.
      assertThat(file.names()).hasSize(62 - 3 + 2 * 5);
    }
  }
}
