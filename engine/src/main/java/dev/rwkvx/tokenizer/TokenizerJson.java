package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import dev.rwkvx.io.JsonReader;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code tokenizer.json} of the RWKV models that are published for transformers: a WordPiece
 * model without a prefix, which takes the longest token each time, over bytes that are written as
 * characters.
 *
 * <p>Special tokens have no bytes: the text {@code <|endoftext|>} is text, and not the end of one.
 */
final class TokenizerJson {
  private static final String KIND =
      "expected the WordPiece model over bytes of RWKV World tokenizers";

  private static final String NONE = "none";

  private final ByteSource source;
  private final JsonReader json;
  private final Map<Character, Byte> bytes = alphabet();

  /** Tokens that stand beside the model: whether each is special, by id. */
  private final Map<Integer, Boolean> added = new HashMap<>();

  private final Map<Integer, String> tokens = new HashMap<>();
  private final Map<String, String> words = new HashMap<>();

  private TokenizerJson(ByteSource source) {
    this.source = source;
    json = new JsonReader(source, 0, source.size());
  }

  /**
   * Reads a file.
   *
   * @param name of the vocabulary
   * @param source the whole file
   * @throws InputException when it is damaged, or the file of another kind of tokenizer
   */
  static Vocabulary parse(String name, ByteSource source) {
    return new TokenizerJson(source).parse(name);
  }

  private Vocabulary parse(String name) {
    json.object(field -> {
      switch (field) {
        case "added_tokens" -> json.array(this::addedToken);
        case "model" -> json.object(this::modelField);
        case "pre_tokenizer" -> json.object(part -> word("pre_tokenizer." + part));
        default -> word(field);
      }
    });
    json.end();
    require("model.type", "WordPiece");
    require("model.continuing_subword_prefix", "");
    require("pre_tokenizer.type", "ByteLevel");
    require("pre_tokenizer.add_prefix_space", "false");
    require("pre_tokenizer.use_regex", "false");
    require("normalizer", NONE);
    return vocabulary(name);
  }

  private void modelField(String field) {
    if (field.equals("vocab")) {
      json.object(token -> addToken(json.whole(), token));
    } else {
      word("model." + field);
    }
  }

  private void word(String field) {
    String word = json.word();
    if (words.putIfAbsent(field, word.equals("null") ? NONE : word) != null) {
      throw source.error("has the field '" + field + "' twice");
    }
  }

  private void require(String field, String expected) {
    String found = words.getOrDefault(field, NONE);
    if (!found.equals(expected)) {
      throw source.error(
          "is a tokenizer of another kind: its "
              + field
              + " is '"
              + found
              + "', not '"
              + expected
              + "'; "
              + KIND);
    }
  }

  private void addToken(long id, String token) {
    if (!TokenTable.isId(id) || tokens.putIfAbsent((int) id, token) != null) {
      throw source.error(
          "gives the token '"
              + token
              + "' the id "
              + id
              + "; expected each id once, in 0 … "
              + (Vocabulary.MAX_SIZE - 1));
    }
  }

  private void addedToken() {
    Map<String, String> fields = new HashMap<>();
    json.object(field -> fields.put(field, json.word()));
    try {
      int id = Integer.parseInt(fields.getOrDefault("id", ""));
      if (TokenTable.isId(id)) {
        added.put(id, fields.getOrDefault("special", "").equals("true"));
        return;
      }
    } catch (NumberFormatException e) {
      // Falls through to the sentence below.
    }
    throw source.error("has an added token without an id; the file is damaged");
  }

  private Vocabulary vocabulary(String name) {
    TokenTable table = new TokenTable();
    added.forEach((id, _) -> table.put(id, Vocabulary.NO_BYTES));
    tokens.forEach((id, token) -> {
      if (!added.containsKey(id)) {
        table.put(id, bytesOf(token).orElse(Vocabulary.NO_BYTES));
      }
    });
    if (table.size() == 0) {
      throw source.error("has no tokens; " + KIND);
    }
    return table
        .vocabulary(name)
        .orElseThrow(() -> source.error("has a token under id 0; expected the end of a document"));
  }

  /** Empty for a token that no bytes of a text become: ids without a token are filled with them. */
  private Optional<byte[]> bytesOf(String token) {
    ByteArrayOutputStream found = new ByteArrayOutputStream(token.length());
    for (int i = 0; i < token.length(); i++) {
      Byte value = bytes.get(token.charAt(i));
      if (value == null) {
        return Optional.empty();
      }
      found.write(value);
    }
    return Optional.of(found.toByteArray());
  }

  /**
   * The characters that stand for bytes: those that are visible in Latin-1 for themselves, those
   * from U+0100 on for all others in order.
   */
  private static Map<Character, Byte> alphabet() {
    Map<Character, Byte> alphabet = new HashMap<>();
    char next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean visible =
          (value > ' ' && value < 0x7f) || (value > 0xa0 && value <= 0xff && value != 0xad);
      alphabet.put(visible ? (char) value : next++, (byte) value);
    }
    return alphabet;
  }
}
