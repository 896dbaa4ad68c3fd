package dev.rwkvx.langchain4j;

import dev.rwkvx.generate.Context;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A source of known answers, byte by byte: everything but the model's numbers is real. What is
 * asked decides: the answer is that of the first rule whose words the last turn before {@code
 * Assistant:} contains.
 */
final class ScriptedModel implements Source {
  private static final Tokenizer BYTES = new Tokenizer(Vocabulary.bytes());
  private static final String ASSISTANT = "Assistant:";

  private final Map<String, String> rules = new LinkedHashMap<>();
  private volatile String lastPrompt = "";

  /**
   * @param words part of the last turn
   * @param answer from after {@code Assistant:} on, with its space
   */
  ScriptedModel on(String words, String answer) {
    rules.put(words, answer);
    return this;
  }

  /** The text of the latest prompt that was read to its end. */
  String lastPrompt() {
    return lastPrompt;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public Tokenizer tokenizer() {
    return BYTES;
  }

  @Override
  public Begun begin(int[] prompt, int to, BooleanSupplier cancelled) {
    return new Begun(new Script(), 0);
  }

  @Override
  public void close() {}

  private String answer(String prompt) {
    String question = prompt.substring(Math.max(0, prompt.lastIndexOf("User:")));
    return rules.entrySet().stream()
        .filter(rule -> question.contains(rule.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  private final class Script implements Context {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public int vocabulary() {
      return 256;
    }

    @Override
    public void read(int[] tokens, int from, int to, float[] logits) {
      for (int i = from; i < to; i++) {
        bytes.write(tokens[i]);
      }
      Arrays.fill(logits, 0, 256, 0f);
      String text = bytes.toString(StandardCharsets.UTF_8);
      if (!text.contains(ASSISTANT)) {
        return;
      }
      int begin = text.lastIndexOf(ASSISTANT) + ASSISTANT.length();
      String prompt = text.substring(0, begin);
      byte[] answer = answer(prompt).getBytes(StandardCharsets.UTF_8);
      byte[] written = text.substring(begin).getBytes(StandardCharsets.UTF_8);
      boolean goesOn = Arrays.mismatch(answer, written) == written.length;
      logits[goesOn ? answer[written.length] & 0xff : 0] = 1000;
      lastPrompt = prompt;
    }

    @Override
    public void mark() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void rewind() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reset() {
      throw new UnsupportedOperationException();
    }
  }
}
