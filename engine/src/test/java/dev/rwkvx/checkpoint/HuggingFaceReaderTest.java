package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files are models under the names of Hugging Face, and what is wrong with others. */
class HuggingFaceReaderTest {
  @Test
  void officialNamesAndShapesComeOut() {
    SequencedMap<String, TensorLayout> layouts = read(FlaBytes.names(), "{}").layouts();
    assertThat(layouts).hasSize(FlaBytes.names().size()).doesNotContainKey("blocks.0.att.v1");
    assertThat(layouts.get("blocks.1.att.w0").shape()).containsExactly(1, 1, 4);
    assertThat(layouts.get("blocks.1.att.x_g").shape()).containsExactly(1, 1, 4);
    assertThat(layouts.get("blocks.1.ln1.bias").shape()).containsExactly(4);
    assertThat(layouts.get("blocks.1.att.v2").strides()).containsExactly(1, 4);
  }

  @Test
  void sixRowsBecomeSixTensors() {
    List<String> names = new ArrayList<>(FlaBytes.names());
    names.removeIf(name -> name.matches(".*attn\\.x_.")); // of both blocks
    names.add("model.layers.0.attn.x_x");
    names.add("model.layers.1.attn.x_x");
    SequencedMap<String, TensorLayout> layouts = read(names, "{}").layouts();
    String order = "rwkvag";
    for (int i = 0; i < order.length(); i++) {
      TensorLayout row = layouts.get("blocks.1.att.x_" + order.charAt(i));
      assertThat(row.offset()).isEqualTo(4L * i);
      assertThat(row.shape()).containsExactly(1, 1, 4);
    }
  }

  @Test
  void aTiedHeadIsTheEmbedding() {
    List<String> names = new ArrayList<>(FlaBytes.names());
    names.remove("lm_head.weight");
    SequencedMap<String, TensorLayout> layouts =
        read(names, "{\"tie_word_embeddings\": true}").layouts();
    assertThat(layouts.get("head.weight")).isSameAs(layouts.get("emb.weight"));
    assertRefused(names, "{}", "test file: has no tensor 'lm_head.weight'");
  }

  @ParameterizedTest
  @CsvSource({
    "model.embeddings.weight",
    "model.layers.0.pre_norm.bias",
    "model.layers.1.attn_norm.weight",
    "model.layers.1.attn.x_a",
    "model.layers.1.attn.v_lora.lora.2.bias",
    "model.norm.weight"
  })
  void aMissingTensorIsNamedAsInTheFile(String name) {
    List<String> names = new ArrayList<>(FlaBytes.names());
    names.remove(name);
    assertRefused(names, "{}", "test file: has no tensor '" + name + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model.layers.1.attn.q_proj.weight | is none that an RWKV-7 model has",
        "model.layers.00.attn.k_k | is none that an RWKV-7 model has",
        "model.layers.999999999.attn.k_k | has no tensor 'model.layers.2.",
        "model.embed_tokens.weight | 'model.embed_tokens.weight' is there twice",
        "model.layers.1.attn.x_x | 'model.layers.1.attn.x_x' is there twice"
      })
  void aTensorTooManyIsRefused(String name, String sentence) {
    List<String> names = new ArrayList<>(FlaBytes.names());
    names.add(name);
    assertRefused(names, "{}", sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"attn\": {\"layers\": [1]}}     | puts softmax attention into some layers",
        "{\"hidden_act\": \"swish\"}       | has the hidden_act 'swish'; expected sqrelu",
        "{\"norm_eps\": 1e-6}              | has the norm_eps 1e-6; expected 1e-5",
        "{\"layer_norm_epsilon\": \"x\"}   | has the layer_norm_epsilon x; expected 1e-5",
        "{\"num_hidden_layers\": 3}        | tells of 3 blocks, and there are tensors of 2",
        "{\"attn\": null, \"attn\": null}  | has the field 'attn' twice",
        "[]                                | its JSON is damaged at byte 0: expected '{'",
      })
  void aConfigurationOfAnotherModelIsRefused(String config, String sentence) {
    assertRefused(FlaBytes.names(), config, sentence);
  }

  @Test
  void otherModelsAreLeftAsTheyAre() {
    List<String> llama =
        List.of("model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight");
    assertThat(read(llama, "no JSON at all").layouts().sequencedKeySet())
        .containsExactlyElementsOf(llama);
  }

  private static StoredTensors read(List<String> names, String config) {
    return Golden.read(
        FlaBytes.withData(FlaBytes.header(names)),
        Map.of("config.json", config.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertRefused(List<String> names, String config, String sentence) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> read(names, config))
        .withMessageContaining(sentence);
  }
}
