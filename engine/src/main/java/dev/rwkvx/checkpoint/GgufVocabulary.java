package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import java.util.List;

/**
 * The vocabulary in a GGUF file: a list of texts in which bytes are written as within Python's
 * bytes literals, and a list of their kinds.
 *
 * <p>Source: conversion/rwkv.py and src/llama-vocab.cpp of llama.cpp.
 */
final class GgufVocabulary {
  static final String MODEL = "tokenizer.ggml.model";
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String KINDS = "tokenizer.ggml.token_type";
  static final String RWKV = "rwkv";

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int UNUSED = 5;

  private static final int USER_DEFINED = 4;
  private static final int MAX_TOKENS = 1 << 20;
  private static final int BYTES = 256;

  private GgufVocabulary() {}

  /**
   * What other checkpoints keep under {@code rwkvx.vocabulary}: the word {@code byte}, or lines of
   * tokens; empty if the file has the vocabulary of another kind of model.
   */
  static String recorded(GgufReader.Content file) {
    GgufValue model = file.metadata().get(MODEL);
    GgufValue tokens = file.metadata().get(TOKENS);
    if (model == null || tokens == null || !model.text().equals(RWKV)) {
      return "";
    }
    GgufValue kindList = file.metadata().get(KINDS);
    List<Long> kinds = kindList == null ? List.of() : kindList.wholes(MAX_TOKENS);
    StringBuilder lines = new StringBuilder();
    boolean[] bytes = {tokens.count() >= BYTES};
    boolean[] first = {false};
    tokens.texts(
        MAX_TOKENS,
        (id, text) -> {
          boolean token = kinds.isEmpty() ? id > 0 : isToken(kinds, id);
          String line = token ? line(text, id, file.source()) : "";
          bytes[0] &= line.equals(id < BYTES ? escaped((byte) id) : "");
          if (id > 0) {
            lines.append(line).append('\n');
          } else {
            first[0] = token;
          }
        });
    if (bytes[0]) {
      return "byte";
    }
    if (first[0]) {
      throw file.source()
          .error("has a text as token 0; expected the end of a document, or all 256 bytes");
    }
    return "rwkvx-vocabulary 1 " + (tokens.count() - 1) + "\n" + lines;
  }

  private static boolean isToken(List<Long> kinds, int id) {
    long kind = id < kinds.size() ? kinds.get(id) : UNUSED;
    return kind == NORMAL || kind == USER_DEFINED;
  }

  /**
   * A token as in a vocabulary's lines: the same escapes, but for quotes and control characters.
   */
  private static String line(String text, int id, ByteSource source) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        char kind = ++i < text.length() ? text.charAt(i) : 0;
        switch (kind) {
          case '\\', 'n', 'r', 't', 'x' -> line.append(c).append(kind);
          case '\'', '"' -> line.append(kind);
          default ->
              throw source.error(
                  "has token %d with the escape '\\%s'; expected \\\\ \\' \\n \\r \\t or \\xHH"
                      .formatted(id, kind));
        }
      } else if (c < ' ' || c == 0x7f) {
        line.append(escaped((byte) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }

  /**
   * A token as it stands in the file.
   *
   * @param token its bytes; none for one that stands for nothing
   */
  static String text(byte[] token, int id) {
    if (token.length == 0) {
      return id == 0 ? "<s>" : "[PAD" + id + "]";
    }
    StringBuilder text = new StringBuilder();
    for (byte value : token) {
      text.append(escaped(value));
    }
    return text.toString();
  }

  /** The kind of a token: 0 may end a document. */
  static int kind(byte[] token, int id) {
    if (token.length > 0) {
      return NORMAL;
    }
    return id == 0 ? CONTROL : UNUSED;
  }

  private static String escaped(byte value) {
    return switch (value) {
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default ->
          value >= ' ' && value < 0x7f
              ? String.valueOf((char) value)
              : "\\x%02x".formatted(value & 0xff);
    };
  }
}
