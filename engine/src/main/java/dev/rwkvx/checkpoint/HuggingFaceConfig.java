package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import dev.rwkvx.io.JsonReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@code config.json} says beyond the shapes of tensors. Sizes are read off the shapes: the
 * number of heads in such files is often that of another model.
 *
 * @param path names the file in messages
 * @param fields the words and numbers of the object; {@code {…}} and {@code […]} for what is nested
 */
record HuggingFaceConfig(String path, Map<String, String> fields) {
  private static final long MAX_BYTES = 1 << 20;
  private static final String UNSET = "null";

  private static final List<String> EPSILONS = List.of("norm_eps", "layer_norm_epsilon");
  private static final double EPSILON = 1e-5;

  /** {@return what is known without a file} */
  static HuggingFaceConfig none() {
    return new HuggingFaceConfig("", Map.of());
  }

  /**
   * Reads a file.
   *
   * @throws dev.rwkvx.InputException when it is damaged, or asks for something that RWKV-7 does not
   *     have
   */
  static HuggingFaceConfig read(ByteSource source) {
    if (source.size() > MAX_BYTES) {
      throw source.error("has " + source.size() + " bytes; expected at most " + MAX_BYTES);
    }
    Map<String, String> fields = new HashMap<>();
    JsonReader json = new JsonReader(source, 0, source.size());
    json.object(name -> {
      if (fields.put(name, json.word()) != null) {
        throw source.error("has the field '" + name + "' twice");
      }
    });
    json.end();
    HuggingFaceConfig config = new HuggingFaceConfig(source.name(), fields);
    config.require();
    return config;
  }

  /** Whether the head is the embedding, and no tensor of its own. */
  boolean tied() {
    return fields.getOrDefault("tie_word_embeddings", UNSET).equals("true");
  }

  /** Compares the number of blocks with that of the tensors. */
  void requireBlocks(int found) {
    String told = fields.getOrDefault("num_hidden_layers", UNSET);
    if (!told.equals(UNSET) && !told.equals(String.valueOf(found))) {
      throw ByteSource.error(
          path, "tells of " + told + " blocks, and there are tensors of " + found);
    }
  }

  private void require() {
    if (!fields.getOrDefault("attn", UNSET).equals(UNSET)) {
      throw ByteSource.error(
          path, "puts softmax attention into some layers; expected RWKV-7 alone");
    }
    String activation = fields.getOrDefault("hidden_act", UNSET);
    if (!activation.equals(UNSET) && !activation.equals("sqrelu")) {
      throw ByteSource.error(path, "has the hidden_act '" + activation + "'; expected sqrelu");
    }
    for (String name : EPSILONS) {
      String epsilon = fields.getOrDefault(name, UNSET);
      if (!epsilon.equals(UNSET) && !isEpsilon(epsilon)) {
        throw ByteSource.error(path, "has the " + name + " " + epsilon + "; expected 1e-5");
      }
    }
  }

  private static boolean isEpsilon(String number) {
    try {
      return Math.abs(Double.parseDouble(number) - EPSILON) < 1e-4 * EPSILON;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
