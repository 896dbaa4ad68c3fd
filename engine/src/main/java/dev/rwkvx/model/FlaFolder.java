package dev.rwkvx.model;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.FlaNames;
import dev.rwkvx.io.ByteSource;
import dev.rwkvx.model.Conversion.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Writes an RWKV-7 as the folder that flash-linear-attention's converter makes of it, and {@code
 * transformers} opens: weights, configuration and the files of the World tokenizer.
 */
public final class FlaFolder {
  private static final String VOCABULARY = "rwkv_vocab_v20230424.txt";

  /** Kept at the values of the converter, whatever the model. */
  private static final String CONFIG =
      """
      {
        "a_low_rank_dim": %d,
        "architectures": [
          "RWKV7ForCausalLM"
        ],
        "attn": null,
        "attn_mode": "chunk",
        "auto_map": {
          "AutoConfig": "modeling_rwkv7.RWKV7Config",
          "AutoModel": "modeling_rwkv7.RWKV7Model",
          "AutoModelForCausalLM": "modeling_rwkv7.RWKV7ForCausalLM"
        },
        "bos_token_id": 0,
        "decay_low_rank_dim": %d,
        "eos_token_id": 0,
        "fuse_cross_entropy": true,
        "fuse_linear_cross_entropy": false,
        "fuse_norm": false,
        "gate_low_rank_dim": %d,
        "head_dim": %d,
        "hidden_act": "sqrelu",
        "hidden_ratio": %s,
        "hidden_size": %d,
        "initializer_range": 0.02,
        "intermediate_size": %d,
        "max_position_embeddings": 2048,
        "model_type": "rwkv7",
        "norm_bias": true,
        "norm_eps": 1e-05,
        "norm_first": true,
        "num_heads": %d,
        "num_hidden_layers": %d,
        "tie_word_embeddings": false,
        "torch_dtype": "%s",
        "transformers_version": "4.56.2",
        "use_cache": true,
        "use_l2warp": true,
        "v_low_rank_dim": %d,
        "value_dim": %s,
        "vocab_size": %d
      }
      """;

  private static final String GENERATION_CONFIG =
      """
      {
        "_from_model_config": true,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "transformers_version": "4.56.2"
      }
      """;

  private static final String TOKENIZER_CONFIG =
      """
      {
        "add_prefix_space": false,
        "added_tokens_decoder": {},
        "auto_map": {
          "AutoTokenizer": [
            "hf_rwkv_tokenizer.RwkvTokenizer",
            null
          ]
        },
        "clean_up_tokenization_spaces": false,
        "model_max_length": 1000000000000000019884624838656,
        "tokenizer_class": "RwkvTokenizer",
        "use_fast": false
      }
      """;

  private FlaFolder() {}

  /**
   * Writes a folder, which appears whole or not at all. Where there is one already, its files are
   * replaced one by one, and others are left alone.
   *
   * @param model an RWKV-7 under its official names; stays open
   * @param folder what to write; the folder that it lies in exists
   * @param target the types of the tensors: as they are, or one floating type
   * @param vocabulary the text of the vocabulary in the World format; empty leaves it out
   * @throws InputException when this is no RWKV-7, or a file cannot be written
   */
  public static void write(
      Checkpoint model, Path folder, Target target, Optional<String> vocabulary) {
    Config config = ModelShape.read(model, OptionalInt.empty(), OptionalInt.empty());
    requirePlain(model, config);
    Checkpoint view = FlaNames.view(model, config.rwkvBlocks());
    Path whole = folder.toAbsolutePath();
    Path partial =
        whole.resolveSibling(
            "." + whole.getFileName() + "." + ProcessHandle.current().pid() + ".partial");
    try {
      Files.createDirectory(partial);
      try {
        Conversion.run(view, partial.resolve("model.safetensors"), target, Map.of());
        write(partial, "config.json", config(model, config, dtype(view, target)));
        write(partial, "generation_config.json", GENERATION_CONFIG);
        if (vocabulary.isPresent()) {
          write(partial, VOCABULARY, vocabulary.get());
          write(partial, "tokenizer_config.json", TOKENIZER_CONFIG);
        }
        appear(partial, whole);
      } finally {
        delete(partial);
      }
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be written (" + e + ")", e);
    }
  }

  private static void requirePlain(Checkpoint model, Config config) {
    String path = model.path().toString();
    if (config.sparseBlocks() > 0 || !ModelShape.prefix(model).isEmpty()) {
      throw ByteSource.error(
          path, "is an RWKV-X, which only rwkvx knows; FLA folders hold RWKV-7 models");
    }
    if (model.names().stream().anyMatch(name -> PackedTensor.of(model, name).isPresent())) {
      throw ByteSource.error(
          path, "is quantised, and FLA is not; convert the model that it was made of");
    }
  }

  private static String config(Checkpoint model, Config config, DType type) {
    long hidden = model.shape("blocks.0.ffn.key.weight")[0];
    int blocks = config.rwkvBlocks();
    // A model with one block has no value residual; this is FLA's own choice for it.
    long valueRank = blocks > 1 ? rank(model, "blocks.1.att.v1") : 32;
    List<Integer> widths = Collections.nCopies(blocks, config.embedding());
    return CONFIG.formatted(
        rank(model, "blocks.0.att.a1"),
        rank(model, "blocks.0.att.w1"),
        rank(model, "blocks.0.att.g1"),
        config.headSize(),
        (double) hidden / config.embedding(),
        config.embedding(),
        hidden,
        config.heads(),
        blocks,
        torchName(type),
        valueRank,
        widths,
        config.vocabulary());
  }

  private static long rank(Checkpoint model, String first) {
    return model.shape(first)[1];
  }

  /** The type in which every tensor keeps its value. */
  private static DType dtype(Checkpoint view, Target target) {
    if (target instanceof Target.Floating floating) {
      return floating.type();
    }
    List<DType> types = view.names().stream().map(view::type).distinct().toList();
    return types.size() == 1 ? types.getFirst() : DType.F32;
  }

  private static String torchName(DType type) {
    return switch (type) {
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      case F64 -> "float64";
      default -> "float32";
    };
  }

  private static void write(Path folder, String name, String text) throws IOException {
    Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }

  private static void appear(Path partial, Path whole) throws IOException {
    if (!Files.exists(whole)) {
      Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    for (Path file : files(partial)) {
      Files.move(
          file,
          whole.resolve(file.getFileName()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(Path partial) throws IOException {
    if (Files.exists(partial)) {
      for (Path file : files(partial)) {
        Files.delete(file);
      }
      Files.delete(partial);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
