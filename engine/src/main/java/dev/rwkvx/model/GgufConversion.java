package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.GgufMetadata;
import dev.rwkvx.checkpoint.GgufView;
import dev.rwkvx.checkpoint.GgufWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.checkpoint.TensorWriter;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion.Role;
import dev.rwkvx.model.Conversion.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites an RWKV-7 model as a GGUF file that llama.cpp loads, tensor by tensor, in bounded
 * memory. Matrices of q8 become Q8_0, those of q4 Q4_1, with the same codes and scales; quantised
 * matrices of another GGUF file are copied where no type is wanted.
 */
public final class GgufConversion {
  private static final Pattern LARGE =
      Pattern.compile(
          "blk\\.\\d+\\.(time_mix_(receptance|key|value|output)|channel_mix_(key|value))\\.weight");
  private static final String HEAD = "output.weight";

  /** Tensors that llama.cpp combines with single precision element by element, or expects in it. */
  private static final Pattern SINGLE =
      Pattern.compile(".*\\.bias|.*norm.*|blk\\.\\d+\\.time_mix_(ln|lerp_fused|w[12])\\.weight");

  private static final String BLANK_LINE = "\n\n";
  private static final String CHAT_TEMPLATE = "tokenizer.chat_template";
  private static final String NAME = "general.name";

  private GgufConversion() {}

  /**
   * Writes {@code out}, which appears whole or not at all.
   *
   * @param in a model; stays open
   * @param out the file to write, by convention named {@code .gguf}
   * @param target the types to write
   * @param tokens asked for the bytes of each id, none for ids that stand for nothing, once the
   *     model is known to fit the format
   * @throws InputException when the model has sparse blocks, which no other program knows, a value
   *     does not fit its type, or the file cannot be written
   */
  public static void run(Checkpoint in, Path out, Target target, Supplier<List<byte[]>> tokens) {
    Config config = ModelShape.read(in, OptionalInt.empty(), OptionalInt.empty());
    if (config.sparseBlocks() > 0) {
      throw new InputException(
          in.path()
              + ": is an RWKV-X with "
              + config.sparseBlocks()
              + " sparse-attention blocks, which no program that reads GGUF files knows; write a"
              + " .safetensors or .pth file");
    }
    String prefix = ModelShape.prefix(in);
    Checkpoint view = GgufView.of(in, prefix, config.rwkvBlocks(), PackedTensor::key);
    List<WeightCopy> copies = view.names().stream().map(name -> copy(view, name, target)).toList();
    List<TensorHeader> headers = copies.stream().map(WeightCopy::header).toList();
    GgufMetadata metadata = metadata(in, config, headers, tokens.get());
    try (TensorWriter writer = GgufWriter.create(out, headers, metadata)) {
      copies.forEach(copy -> copy.write(writer));
      writer.commit();
    }
  }

  private static WeightCopy copy(Checkpoint view, String name, Target target) {
    WeightSource source = WeightSource.of(view, name);
    if (!source.isWeights()) {
      throw new InputException(
          view.path()
              + ": tensor '"
              + name
              + "' has the type "
              + source.type()
              + "; expected weights");
    }
    return new WeightCopy(
        source,
        new TensorHeader(name, type(name, source, target), source.shape()),
        Optional.empty());
  }

  private static DType type(String name, WeightSource source, Target target) {
    if (source.shape().length != 2 || SINGLE.matcher(name).matches()) {
      return DType.F32;
    }
    if (target instanceof Target.Same && source.type().isQuantized()) {
      return source.type();
    }
    DType floating = Conversion.floating(source, target);
    return Conversion.codes(role(name), source, target)
        .map(codes -> codes == WeightType.Q8 ? DType.Q8_0 : DType.Q4_1)
        .orElse(floating == DType.F64 ? DType.F32 : floating);
  }

  private static Role role(String name) {
    if (LARGE.matcher(name).matches()) {
      return Role.LARGE;
    }
    return name.equals(HEAD) ? Role.HEAD : Role.OTHER;
  }

  // --- metadata ------------------------------------------------------------------------------

  private static GgufMetadata metadata(
      Checkpoint in, Config config, List<TensorHeader> headers, List<byte[]> tokens) {
    Map<String, String> known = in.metadata();
    String file = String.valueOf(in.path().getFileName()).replaceFirst("\\.[^.]*$", "");
    int last = config.rwkvBlocks() - 1;
    GgufMetadata metadata =
        new GgufMetadata()
            .text("general.architecture", "rwkv7")
            .text(NAME, known.getOrDefault(NAME, file))
            .whole("general.quantization_version", 2)
            .whole("general.file_type", fileType(headers))
            // As the official converter writes it: the model has no limit.
            .whole("rwkv7.context_length", 1 << 20)
            .whole("rwkv7.embedding_length", config.embedding())
            .whole("rwkv7.block_count", config.rwkvBlocks())
            .whole("rwkv7.feed_forward_length", rows(headers, "blk.0.channel_mix_key.weight"))
            .whole("rwkv7.wkv.head_size", config.headSize())
            // Heads of attention, of which there are none.
            .whole("rwkv7.attention.head_count", 0)
            .real("rwkv7.attention.layer_norm_epsilon", 1e-5f);
    for (var rank : List.of("w decay", "a iclr", "v value_residual_mix", "g gate")) {
      // The first block's v is made of its a.
      String tensor = "blk." + last + ".time_mix_" + rank.charAt(0) + "1.weight";
      metadata.whole("rwkv7.attention." + rank.substring(2) + "_lora_rank", rows(headers, tensor));
    }
    addVocabulary(metadata, config, tokens, known.get(CHAT_TEMPLATE));
    return metadata;
  }

  private static void addVocabulary(
      GgufMetadata metadata, Config config, List<byte[]> tokens, @Nullable String template) {
    if (tokens.size() > config.vocabulary()) {
      throw new InputException(
          "The vocabulary has %d ids, the model %d; expected no more than the model has"
              .formatted(tokens.size(), config.vocabulary()));
    }
    byte[][] all = new byte[config.vocabulary()][];
    Arrays.setAll(all, id -> id < tokens.size() ? tokens.get(id) : new byte[0]);
    metadata.vocabulary(List.of(all));
    if (all[0].length == 0) {
      metadata.whole("tokenizer.ggml.bos_token_id", 0).whole("tokenizer.ggml.eos_token_id", 0);
    }
    byte[] blankLine = BLANK_LINE.getBytes(StandardCharsets.US_ASCII);
    for (int id = 0; id < all.length; id++) {
      if (Arrays.equals(all[id], blankLine)) {
        // Ends a turn.
        metadata.whole("tokenizer.ggml.eot_token_id", id);
        metadata.text(CHAT_TEMPLATE, template == null ? "rwkv-world" : template);
        return;
      }
    }
    if (template != null) {
      metadata.text(CHAT_TEMPLATE, template);
    }
  }

  /** The number by which llama.cpp names the type of most weights. */
  private static int fileType(List<TensorHeader> headers) {
    String name = "blk.0.channel_mix_key.weight";
    DType type =
        headers.stream().filter(h -> h.name().equals(name)).findFirst().orElseThrow().type();
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q2_K -> 10;
      case Q3_K -> 12;
      case Q4_K -> 15;
      case Q5_K -> 17;
      case Q6_K -> 18;
      case IQ4_NL -> 25;
      case IQ4_XS -> 30;
      case BF16 -> 32;
      default -> throw new IllegalStateException("no weights are written as " + type);
    };
  }

  private static int rows(List<TensorHeader> headers, String name) {
    return headers.stream()
        .filter(header -> header.name().equals(name))
        .mapToInt(header -> (int) header.shape()[0])
        .findFirst()
        .orElseThrow();
  }
}
