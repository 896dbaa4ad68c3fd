package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.TextTokens;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Texts and token ids of requests. */
final class Tokens {
  /** Stands for the end of a document, which has no text. */
  static final String END_OF_DOCUMENT_NAME = "<|endoftext|>";

  private final TextTokens texts;

  Tokens(TextTokens texts) {
    this.texts = texts;
  }

  TextTokens texts() {
    return texts;
  }

  Tokenizer tokenizer() {
    return texts.tokenizer();
  }

  Vocabulary vocabulary() {
    return tokenizer().vocabulary();
  }

  /**
   * The ids of a text.
   *
   * @throws ApiException when the vocabulary lacks a byte of it
   */
  int[] encode(String text, String path) {
    try {
      return tokenizer().encode(text);
    } catch (InputException e) {
      throw ApiException.badRequest(path, String.valueOf(e.getMessage()));
    }
  }

  /** A text, ids, or several of either. */
  List<Prompt> prompts(JsonNode node, String path) {
    if (!node.isArray() || node.isEmpty() || node.get(0).isIntegralNumber()) {
      return List.of(new Prompt(prompt(node, path)));
    }
    if (node.size() > Parameters.MOST_CHOICES) {
      throw ApiException.badRequest(
          path,
          "'%s' has %d parts; at most %d".formatted(path, node.size(), Parameters.MOST_CHOICES));
    }
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode one : node) {
      prompts.add(new Prompt(prompt(one, path + "[" + prompts.size() + "]")));
    }
    return prompts;
  }

  /** The ids that a prompt stands for, which begins a document if it is empty. */
  int[] prompt(JsonNode node, String path) {
    int[] ids = node.isString() ? encode(node.stringValue(), path) : ids(node, path);
    return ids.length == 0 ? new int[] {GenerationOptions.END_OF_DOCUMENT} : ids;
  }

  /**
   * An array of ids, each of which stands for text or for the end of a document.
   *
   * @throws ApiException when it is something else
   */
  int[] ids(JsonNode node, String path) {
    List<JsonNode> elements = Fields.list(node, path);
    int[] ids = new int[elements.size()];
    for (int i = 0; i < ids.length; i++) {
      String here = path + "[" + i + "]";
      ids[i] = Fields.integer(elements.get(i), here, 0, vocabulary().size() - 1);
      if (ids[i] != GenerationOptions.END_OF_DOCUMENT && !vocabulary().isToken(ids[i])) {
        throw ApiException.badRequest(
            here, "'%s' is %d, which is no token".formatted(here, ids[i]));
      }
    }
    return ids;
  }
}
