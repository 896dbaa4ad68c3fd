package dev.rwkvx.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.tokenizer.Tokenizer;

/** Counts tokens as a chat model reads them, for memories of a limited number of tokens. */
public final class RwkvXTokenCountEstimator implements TokenCountEstimator {
  private final Tokenizer tokenizer;

  /**
   * Counts the tokens of a vocabulary.
   *
   * @param tokenizer the vocabulary of the model
   */
  public RwkvXTokenCountEstimator(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  @Override
  public int estimateTokenCountInText(String text) {
    return tokenizer.encode(text).length;
  }

  /** The tokens of a whole turn. */
  @Override
  public int estimateTokenCountInMessage(ChatMessage message) {
    return ChatFormat.turn(Conversation.turn(message), tokenizer).length;
  }

  @Override
  public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
    int count = 0;
    for (ChatMessage message : messages) {
      count += estimateTokenCountInMessage(message);
    }
    return count;
  }
}
