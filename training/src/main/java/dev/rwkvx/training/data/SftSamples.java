package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.data.Conversations.Conversation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Conversations for supervised fine-tuning, held in memory as tokens. Several short ones share a
 * sample, each ended by token 0; a longer one than a sample loses its end. Only what the assistant
 * says counts. The order of the samples is shuffled anew in every epoch.
 */
public final class SftSamples implements Samples {
  private final int context;
  private final long seed;
  private final List<Conversation> conversations = new ArrayList<>();
  private final Packing packing;
  private long truncated;
  private long dropped;

  /**
   * Reads conversations from JSONL files, one a line: {@code {"system"?: …, "conversations":
   * [{"from": "user"|"assistant", "value": …}, …]}}, or plain {@code {"prompt": …, "completion":
   * …}}.
   *
   * @param files JSON lines
   * @param tokenizer the model's vocabulary
   * @param context inputs of a sample
   * @param seed of the order
   * @throws InputException when a line is something else, or nothing of the assistant's fits
   * @throws IOException when a file cannot be read
   */
  public SftSamples(List<Path> files, Tokenizer tokenizer, int context, long seed)
      throws IOException {
    if (context < 1 || context > Integer.MAX_VALUE - 16) {
      throw new InputException("The context is " + context + "; expected 1 or more");
    }
    this.context = context;
    this.seed = seed;
    for (Path file : files) {
      read(file, tokenizer);
    }
    if (conversations.isEmpty()) {
      throw new InputException(
          "%s: no conversation in which the assistant speaks within %d tokens"
              .formatted(files.isEmpty() ? "no files" : files.getFirst(), context));
    }
    int[] lengths = conversations.stream().mapToInt(c -> c.tokens().length).toArray();
    packing = Packing.of(lengths, context + 1);
  }

  private void read(Path file, Tokenizer tokenizer) throws IOException {
    try (Conversations lines = new Conversations(file, tokenizer)) {
      for (Conversation next = lines.next(); next != null; next = lines.next()) {
        boolean fits = next.tokens().length <= context + 1;
        truncated += fits ? 0 : 1;
        if (next.counted().nextSetBit(0) > context) {
          dropped++;
        } else {
          conversations.add(
              fits
                  ? next
                  : new Conversation(
                      Arrays.copyOf(next.tokens(), context + 1),
                      next.counted().get(0, context + 1)));
        }
      }
    }
  }

  /** {@return the conversations in the samples} */
  public long conversations() {
    return conversations.size();
  }

  /** {@return the conversations that are longer than a sample} */
  public long truncated() {
    return truncated;
  }

  /**
   * {@return those among the truncated that were left out: nothing of the assistant's would remain}
   */
  public long dropped() {
    return dropped;
  }

  @Override
  public long size() {
    return packing.samples();
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public void read(long sample, int[] tokens, float[] weights) {
    Arrays.fill(weights, 0, context, 0f);
    int row = packing.sample(sample, seed);
    int at = 0;
    for (int i = packing.starts()[row]; i < packing.starts()[row + 1]; i++) {
      Conversation conversation = conversations.get(packing.pieces()[i]);
      int length = conversation.tokens().length;
      System.arraycopy(conversation.tokens(), 0, tokens, at, length);
      for (int t = Math.max(1, at); t < at + length; t++) {
        weights[t - 1] = conversation.counted().get(t - at) ? 1f : 0f;
      }
      at += length;
    }
    Arrays.fill(tokens, at, context + 1, 0);
  }
}
