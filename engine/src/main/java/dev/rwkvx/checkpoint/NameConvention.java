package dev.rwkvx.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The names that a kind of Hugging Face repository gives to the tensors of RWKV-7, beside the
 * official ones of the {@code .pth} files, and how the tensors lie there.
 *
 * @param label what the convention is called
 * @param rows one for each tensor, in the order in which its models have them; {@code #} stands for
 *     the number of the block
 * @param alternatives further names that are read, but not written
 */
record NameConvention(String label, List<Row> rows, List<Row> alternatives) {
  /** How a tensor lies, compared with the official one. */
  enum Form {
    /** As in the official file. */
    SAME,
    /** [1,1,C] as in the official file, which some converters make [C]. */
    SHIFT,
    /** [C], which is [1,1,C] in the official file. */
    FLAT,
    /** The two dimensions change places. */
    TRANSPOSED,
    /** [6,C], which is six tensors [1,1,C] in the official file: r, w, k, v, a, g. */
    SIX_ROWS
  }

  /** One tensor. */
  record Row(String official, String theirs, Form form) {
    boolean inBlock() {
      return official.contains("#");
    }
  }

  /** One tensor of one block. The block is empty for tensors that belong to none. */
  record Place(Row row, String block) {
    String official() {
      return row.official.replace("#", block);
    }

    String theirs() {
      return row.theirs.replace("#", block);
    }
  }

  /** The letters of the six token shifts, in the order of their rows. */
  static final String SHIFTS = "rwkvag";

  /**
   * Official name, name of flash-linear-attention, how it lies there. A name with {@code ?} stands
   * for several, one with each of the words at the end of the line.
   */
  private static final String FLA_TABLE =
      """
      emb.weight                      model.embeddings.weight                SAME
      blocks.#.ln0.?                  model.layers.#.pre_norm.?              SAME  weight bias
      blocks.#.ln1.?                  model.layers.#.attn_norm.?             SAME  weight bias
      blocks.#.att.x_?                model.layers.#.attn.x_?                SHIFT  r w k v a g
      blocks.#.att.k_k                model.layers.#.attn.k_k                FLAT
      blocks.#.att.k_a                model.layers.#.attn.k_a                FLAT
      blocks.#.att.r_k                model.layers.#.attn.r_k                SAME
      blocks.#.att.receptance.weight  model.layers.#.attn.r_proj.weight      SAME
      blocks.#.att.key.weight         model.layers.#.attn.k_proj.weight      SAME
      blocks.#.att.value.weight       model.layers.#.attn.v_proj.weight      SAME
      blocks.#.att.output.weight      model.layers.#.attn.o_proj.weight      SAME
      blocks.#.att.w1                 model.layers.#.attn.w_lora.lora.0.weight  TRANSPOSED
      blocks.#.att.w2                 model.layers.#.attn.w_lora.lora.2.weight  TRANSPOSED
      blocks.#.att.w0                 model.layers.#.attn.w_lora.lora.2.bias    FLAT
      blocks.#.att.v1                 model.layers.#.attn.v_lora.lora.0.weight  TRANSPOSED
      blocks.#.att.v2                 model.layers.#.attn.v_lora.lora.2.weight  TRANSPOSED
      blocks.#.att.v0                 model.layers.#.attn.v_lora.lora.2.bias    FLAT
      blocks.#.att.a1                 model.layers.#.attn.a_lora.lora.0.weight  TRANSPOSED
      blocks.#.att.a2                 model.layers.#.attn.a_lora.lora.2.weight  TRANSPOSED
      blocks.#.att.a0                 model.layers.#.attn.a_lora.lora.2.bias    FLAT
      blocks.#.att.g1                 model.layers.#.attn.g_lora.lora.0.weight  TRANSPOSED
      blocks.#.att.g2                 model.layers.#.attn.g_lora.lora.2.weight  TRANSPOSED
      blocks.#.att.ln_x.?             model.layers.#.attn.g_norm.?           SAME  weight bias
      blocks.#.ln2.?                  model.layers.#.ffn_norm.?              SAME  weight bias
      blocks.#.ffn.x_k                model.layers.#.ffn.x_k                 FLAT
      blocks.#.ffn.key.weight         model.layers.#.ffn.key.weight          SAME
      blocks.#.ffn.value.weight       model.layers.#.ffn.value.weight        SAME
      ln_out.?                        model.norm.?                           SAME  weight bias
      head.weight                     lm_head.weight                         SAME
      """;

  /** The same for names that other converters, and earlier ones, wrote. */
  private static final String FLA_ALTERNATIVES =
      """
      emb.weight                      model.embed_tokens.weight              SAME
      blocks.#.att.x_r                model.layers.#.attn.x_x                SIX_ROWS
      """;

  private static final String HEAD = "head.weight";

  /** The tensor by whose name a convention is known; no other model has it. */
  private static final String MARK = "blocks.#.att.r_k";

  private static final Pattern BLOCK = Pattern.compile("\\.(0|[1-9]\\d{0,8})\\.");

  /** {@return the names of flash-linear-attention: {@code model.layers.0.attn.r_proj.weight}} */
  static NameConvention fla() {
    return new NameConvention("FLA", rows(FLA_TABLE), rows(FLA_ALTERNATIVES));
  }

  /** {@return those of transformers: the official ones behind a prefix, except the head's} */
  static NameConvention transformers() {
    return prefixed("transformers", "rwkv7.");
  }

  /** {@return those of another port of RWKV-7 to transformers, with the prefix of its models} */
  private static NameConvention transformersModel() {
    return prefixed("transformers", "model.");
  }

  private static NameConvention prefixed(String label, String prefix) {
    List<Row> rows =
        rows(FLA_TABLE).stream()
            .map(Row::official)
            .map(name -> new Row(name, name.equals(HEAD) ? name : prefix + name, Form.SAME))
            .toList();
    return new NameConvention(label, rows, List.of());
  }

  private static List<Row> rows(String table) {
    List<Row> rows = new ArrayList<>();
    for (String line : table.lines().toList()) {
      String[] words = line.split(" +", -1);
      Form form = Form.valueOf(words[2]);
      for (int i = 3; i < Math.max(4, words.length); i++) {
        String word = i < words.length ? words[i] : "";
        rows.add(new Row(words[0].replace("?", word), words[1].replace("?", word), form));
      }
    }
    return List.copyOf(rows);
  }

  /**
   * The convention of some names.
   *
   * @param names of all tensors of a model
   * @return empty when they are official, or those of another model
   */
  static Optional<NameConvention> of(Set<String> names) {
    for (NameConvention convention : List.of(fla(), transformers(), transformersModel())) {
      String mark = convention.row(MARK).theirs;
      if (names.stream().anyMatch(name -> template(name).equals(mark))) {
        return Optional.of(convention);
      }
    }
    return Optional.empty();
  }

  /** The rows by the names of this convention. */
  Map<String, Row> byTheirNames() {
    Map<String, Row> byName = new LinkedHashMap<>();
    alternatives.forEach(row -> byName.put(row.theirs, row));
    rows.forEach(row -> byName.put(row.theirs, row));
    return byName;
  }

  /** The row of an official name with {@code #} for the block. */
  Row row(String official) {
    return rows.stream().filter(row -> row.official.equals(official)).findFirst().orElseThrow();
  }

  /** All tensors of a model with this many blocks, in order; block 0 has no value residual. */
  Stream<Place> places(int blocks) {
    Stream<Place> before =
        rows.stream().takeWhile(row -> !row.inBlock()).map(r -> new Place(r, ""));
    Stream<Place> after =
        rows.stream()
            .dropWhile(row -> !row.inBlock())
            .filter(row -> !row.inBlock())
            .map(row -> new Place(row, ""));
    Stream<Place> within =
        IntStream.range(0, blocks)
            .boxed()
            .flatMap(i ->
                rows.stream()
                    .filter(row -> row.inBlock() && !isAbsent(row, i))
                    .map(row -> new Place(row, String.valueOf(i))));
    return Stream.of(before, within, after).flatMap(places -> places);
  }

  private static boolean isAbsent(Row row, int block) {
    return block == 0
        ? row.official.matches("blocks\\.#\\.att\\.v[012]")
        : row.official.contains(".ln0.");
  }

  /** A name with {@code #} in place of the number of its block. */
  static String template(String name) {
    Matcher block = BLOCK.matcher(name);
    return block.find() ? block.replaceFirst(".#.") : name;
  }

  /** The number of the block in a name; empty when it has none. */
  static String block(String name) {
    Matcher block = BLOCK.matcher(name);
    return block.find() ? block.group(1) : "";
  }
}
