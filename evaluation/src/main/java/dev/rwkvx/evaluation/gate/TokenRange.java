package dev.rwkvx.evaluation.gate;

import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Tokens that follow one another in a text.
 *
 * @param first index of the first
 * @param end index behind the last
 */
public record TokenRange(int first, int end) {
  private static final byte[] NOTHING = {};

  /**
   * {@return where a text occurs among tokens: each time the fewest tokens that hold it, in order,
   * without overlaps} Tokens at its ends may hold more than the text.
   *
   * @param tokenizer knows the bytes of tokens; ids that stand for nothing are empty
   * @param tokens to search in
   * @param text to search for; nowhere if it is empty
   */
  public static List<TokenRange> of(Tokenizer tokenizer, int[] tokens, String text) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    int[] starts = new int[tokens.length + 1];
    byte[][] parts = new byte[tokens.length][];
    for (int i = 0; i < tokens.length; i++) {
      parts[i] = vocabulary.bytesOf(tokens[i]).orElse(NOTHING);
      starts[i + 1] = Math.addExact(starts[i], parts[i].length);
    }
    byte[] all = new byte[starts[tokens.length]];
    for (int i = 0; i < tokens.length; i++) {
      System.arraycopy(parts[i], 0, all, starts[i], parts[i].length);
    }
    // One byte is one character here: a search that is linear in practice.
    String haystack = new String(all, StandardCharsets.ISO_8859_1);
    String needle = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    List<TokenRange> ranges = new ArrayList<>();
    int token = 0;
    int at = needle.isEmpty() ? -1 : haystack.indexOf(needle);
    while (at >= 0) {
      while (starts[token + 1] <= at) {
        token++;
      }
      int first = token;
      while (starts[token + 1] < at + needle.length()) {
        token++;
      }
      ranges.add(new TokenRange(first, token + 1));
      at = haystack.indexOf(needle, at + needle.length());
    }
    return ranges;
  }

  /**
   * {@return the chunks that hold a token of any of the ranges}
   *
   * @param ranges of the same text
   * @param chunkSize tokens of a chunk, at least 1
   */
  public static BitSet chunks(List<TokenRange> ranges, int chunkSize) {
    BitSet chunks = new BitSet();
    for (TokenRange range : ranges) {
      chunks.set(range.first / chunkSize, (range.end - 1) / chunkSize + 1);
    }
    return chunks;
  }
}
