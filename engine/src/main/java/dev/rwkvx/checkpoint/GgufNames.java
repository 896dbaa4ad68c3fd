package dev.rwkvx.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of an RWKV-7 GGUF file beside the official ones, and how they lie there.
 *
 * <p>Source: conversion/rwkv.py and src/models/rwkv7.cpp of llama.cpp.
 */
final class GgufNames {
  /** How a tensor lies, compared with the official one. */
  enum Form {
    /** As in the official file. */
    SAME,
    /** [C], which is [1,1,C] in the official file. */
    FLAT,
    /** [C], which is [H,N] in the official file. */
    HEADS,
    /** The two dimensions change places. */
    TRANSPOSED,
    /** [6,1,1,C], which is six tensors [1,1,C] in the official file: r, w, k, v, a, g. */
    SIX_ROWS
  }

  /**
   * One tensor; {@code #} stands for the number of the block.
   *
   * @param official of six rows the beginning of the names
   */
  record Row(String theirs, String official, Form form) {
    boolean inBlock() {
      return theirs.contains("#");
    }
  }

  /**
   * A name with {@code ?} stands for several, one with each of the words at the end of the line.
   */
  private static final String TABLE =
      """
      token_embd.weight                 emb.weight                      SAME
      token_embd_norm.?                 blocks.0.ln0.?                  SAME  weight bias
      blk.#.attn_norm.?                 blocks.#.ln1.?                  SAME  weight bias
      blk.#.attn_norm_2.?               blocks.#.ln2.?                  SAME  weight bias
      blk.#.time_mix_ln.?               blocks.#.att.ln_x.?             SAME  weight bias
      blk.#.time_mix_lerp_fused.weight  blocks.#.att.x_                 SIX_ROWS
      blk.#.time_mix_?0.weight          blocks.#.att.?0                 FLAT  w a v
      blk.#.time_mix_?1.weight          blocks.#.att.?1                 TRANSPOSED  w a v g
      blk.#.time_mix_?2.weight          blocks.#.att.?2                 TRANSPOSED  w a v g
      blk.#.time_mix_?.weight           blocks.#.att.?                  FLAT  k_k k_a
      blk.#.time_mix_r_k.weight         blocks.#.att.r_k                HEADS
      blk.#.time_mix_?.weight           blocks.#.att.?.weight           SAME  receptance key value output
      blk.#.channel_mix_lerp_k.weight   blocks.#.ffn.x_k                FLAT
      blk.#.channel_mix_?.weight        blocks.#.ffn.?.weight           SAME  key value
      output_norm.?                     ln_out.?                        SAME  weight bias
      output.weight                     head.weight                     SAME
      """;

  /** The letters of the mixes in the order of their rows. */
  static final String MIXES = "rwkvag";

  private GgufNames() {}

  /** All tensors in the order in which they are written. */
  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : TABLE.lines().toList()) {
      String[] words = line.split(" +", -1);
      Form form = Form.valueOf(words[2]);
      for (int i = 3; i < Math.max(4, words.length); i++) {
        String word = i < words.length ? words[i] : "";
        rows.add(new Row(words[0].replace("?", word), words[1].replace("?", word), form));
      }
    }
    return List.copyOf(rows);
  }

  /** The same by the names in GGUF files. */
  static Map<String, Row> byTheirNames() {
    Map<String, Row> byName = new LinkedHashMap<>();
    rows().forEach(row -> byName.put(row.theirs, row));
    return byName;
  }

  /** Whether a tensor is the value residual of the first block, which makes the values itself. */
  static boolean isUnused(String official) {
    return official.matches("blocks\\.0\\.att\\.v[012]");
  }
}
