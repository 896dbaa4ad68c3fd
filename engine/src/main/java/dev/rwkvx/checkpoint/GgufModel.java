package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An RWKV-7 model in one GGUF file or in several, under the official names and shapes. */
final class GgufModel {
  static final String ARCHITECTURE = "rwkv7";

  /** Metadata that says how the file is made, or what the shapes of the tensors say. */
  private static final Set<String> OF_THE_FILE =
      Set.of(
          "general.architecture",
          "general.alignment",
          "general.file_type",
          "general.quantization_version",
          "general.type");

  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final int MAX_PARTS = 1000;
  private static final float EPSILON = 1e-5f;

  private final GgufReader.Content first;
  private final List<GgufReader.Content> parts = new ArrayList<>();

  private GgufModel(GgufReader.Content first) {
    this.first = first;
  }

  /**
   * Reads the headers of all parts.
   *
   * @param shards opens the file of this name beside {@code source}
   */
  static StoredTensors read(ByteSource source, Function<String, ByteSource> shards) {
    return new GgufModel(GgufReader.read(source)).read(shards);
  }

  private StoredTensors read(Function<String, ByteSource> shards) {
    requireArchitecture();
    readParts(shards);
    GgufTensors tensors = new GgufTensors(first.source(), Math.toIntExact(headSize()));
    for (GgufReader.Content part : parts) {
      part.tensors().forEach(tensors::add);
    }
    requireComplete(tensors);
    String format = parts.size() == 1 ? "GGUF" : "GGUF in " + parts.size() + " parts";
    return new StoredTensors(format, tensors.official(), metadata());
  }

  private void requireArchitecture() {
    GgufValue value = first.metadata().get("general.architecture");
    String architecture = value == null ? "" : value.text();
    if (!architecture.equals(ARCHITECTURE)) {
      throw first
          .source()
          .error(
              "is a GGUF file of "
                  + (architecture.isEmpty()
                      ? "no architecture"
                      : "the architecture '" + architecture + "'")
                  + "; expected '"
                  + ARCHITECTURE
                  + "'");
    }
    GgufValue epsilon = first.metadata().get(ARCHITECTURE + ".attention.layer_norm_epsilon");
    if (epsilon != null && (float) epsilon.real() != EPSILON) {
      throw first
          .source()
          .error("has the layer_norm_epsilon " + (float) epsilon.real() + "; expected " + EPSILON);
    }
  }

  // --- parts ---------------------------------------------------------------------------------

  private void readParts(Function<String, ByteSource> shards) {
    parts.add(first);
    long count = whole("split.count", 1);
    if (count <= 1) {
      return;
    }
    Matcher name = PART.matcher(first.source().name().replaceFirst(".*[/\\\\]", ""));
    if (whole("split.no", 0) != 0) {
      throw first
          .source()
          .error("is a later part of " + count + "; open the first one, *-00001-of-*");
    }
    if (count > MAX_PARTS || !name.matches() || Long.parseLong(name.group(3)) != count) {
      throw first
          .source()
          .error(
              "is the first of " + count + " parts; expected a name such as *-00001-of-00003.gguf");
    }
    for (int part = 2; part <= count; part++) {
      ByteSource source =
          shards.apply("%s-%05d-of-%05d.gguf".formatted(name.group(1), part, count));
      if (!source.startsWith(0, GgufReader.MAGIC)) {
        throw source.error("is part of a GGUF model, but no GGUF file");
      }
      GgufReader.Content content = GgufReader.read(source);
      GgufValue number = content.metadata().get("split.no");
      if (number == null || number.whole() != part - 1) {
        throw source.error("does not say that it is part " + part + " of " + count);
      }
      parts.add(content);
    }
    long tensors = parts.stream().mapToLong(part -> part.tensors().size()).sum();
    if (whole("split.tensors.count", tensors) != tensors) {
      throw first
          .source()
          .error(
              "and its other parts have %d tensors; expected %d"
                  .formatted(tensors, whole("split.tensors.count", tensors)));
    }
  }

  private long whole(String key, long otherwise) {
    GgufValue value = first.metadata().get(key);
    return value == null ? otherwise : value.whole();
  }

  // --- what the metadata says ----------------------------------------------------------------

  private long headSize() {
    String key = ARCHITECTURE + ".wkv.head_size";
    long size = whole(key, 0);
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw first.source().error("has the metadata '" + key + "' " + size + "; expected a size");
    }
    return size;
  }

  private void requireComplete(GgufTensors tensors) {
    String key = ARCHITECTURE + ".block_count";
    long blocks = whole(key, tensors.blocks());
    if (blocks != tensors.blocks()) {
      throw first
          .source()
          .error("has tensors of %d blocks; expected %d".formatted(tensors.blocks(), blocks));
    }
    for (int i = 0; i < blocks; i++) {
      if (!tensors.official().containsKey("blocks." + i + ".ln1.weight")) {
        throw first.source().error("lacks the tensor 'blk." + i + ".attn_norm.weight'");
      }
    }
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    first
        .metadata()
        .forEach((key, value) -> {
          boolean told = key.startsWith("general.") || key.equals("tokenizer.chat_template");
          if (told && !OF_THE_FILE.contains(key) && !value.isList()) {
            metadata.put(key, value.shown());
          }
        });
    String vocabulary = GgufVocabulary.recorded(first);
    if (!vocabulary.isEmpty()) {
      metadata.put("rwkvx.vocabulary", vocabulary);
    }
    return metadata;
  }
}
