package dev.rwkvx.training.data;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds a vocabulary for greedy longest-match tokenization: all 256 bytes under the ids 1 … 256, so
 * that every text can be encoded, then frequent byte strings, shorter ones first. Id 0 ends a
 * document. From {@value #SIZE_WITH_NUMBERS} ids on, the numbers of one and two digits, with and
 * without a space before them, are tokens whatever the text, as in the World vocabulary: long
 * numbers then take few tokens. The same text gives the same vocabulary.
 *
 * <p>It starts with many more strings than asked for, encodes the text with all of them as the
 * tokenizer will, and drops those whose absence would cost the fewest tokens; then encodes again
 * with the rest, until as many are left as were asked for.
 */
public final class VocabularyTrainer {
  /** Hears how many strings are left. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called before every round of the search.
     *
     * @param left tokens that are still candidates
     * @param target tokens that there will be
     */
    void candidates(int left, int target);
  }

  private static final int BYTES = 256;

  /** Smaller vocabularies have better uses for a place. */
  private static final int SIZE_WITH_NUMBERS = 2048;

  private static final int LONGEST = 16;

  /** Different strings that are counted at once; rare ones are forgotten beyond. */
  private static final int MOST_COUNTED = 1 << 22;

  /** Candidates at the start, as a multiple of what is asked for, and at least. */
  private static final int CHOICE = 8;

  private static final int LEAST_CHOICE = 20_000;

  private VocabularyTrainer() {}

  /**
   * Trains a vocabulary.
   *
   * @param name of the vocabulary
   * @param text pieces of text, such as those of {@link TextSample}
   * @param size the ids of the vocabulary, 0 included: from 258 to 65536
   * @param listener hears how far it is
   * @return the vocabulary
   * @throws InputException when the text is too small for that many tokens
   */
  public static Vocabulary train(String name, List<byte[]> text, int size, Listener listener) {
    if (size < BYTES + 2 || size > TokenType.UINT16.limit()) {
      throw new InputException(
          "The size of the vocabulary is %d; expected %d to %d"
              .formatted(size, BYTES + 2, TokenType.UINT16.limit()));
    }
    List<byte[]> fixed = fixed(size);
    int target = size - 1 - fixed.size();
    List<byte[]> candidates = candidates(text, Math.max(LEAST_CHOICE, CHOICE * target));
    while (candidates.size() > target) {
      listener.candidates(candidates.size(), target);
      // Small steps at the end, where every choice counts.
      double keep = candidates.size() > 2 * target ? 0.7 : 0.9;
      int left = Math.max(target, (int) (keep * candidates.size()));
      // What larger strings hide now may be needed when they are gone, so the useless stay till
      // then.
      candidates = mostUseful(fixed, candidates, text, left, left > target);
    }
    if (candidates.size() < target) {
      throw new InputException(
          "The text has only %d byte strings that are worth a token; a vocabulary of %d needs %d:"
                  .formatted(candidates.size(), size, target)
              + " give more text or a smaller size");
    }
    List<byte[]> tokens = new ArrayList<>(fixed.subList(BYTES, fixed.size()));
    tokens.addAll(candidates);
    tokens.sort(
        Comparator.<byte[]>comparingInt(t -> t.length).thenComparing(Arrays::compareUnsigned));
    return vocabulary(name, fixed.subList(0, BYTES), tokens);
  }

  /**
   * {@return bytes per token of some text}
   *
   * @param vocabulary any
   * @param text the text, in pieces
   */
  public static double bytesPerToken(Vocabulary vocabulary, List<byte[]> text) {
    Tokenizer tokenizer = new Tokenizer(vocabulary);
    long[] tokens = {0};
    long bytes = 0;
    for (byte[] piece : text) {
      tokenizer.encode(piece, 0, piece.length, token -> tokens[0]++);
      bytes += piece.length;
    }
    return bytes / (double) tokens[0];
  }

  /** What is in every vocabulary of a size: the bytes, then numbers. */
  private static List<byte[]> fixed(int size) {
    List<byte[]> tokens = new ArrayList<>();
    for (int value = 0; value < BYTES; value++) {
      tokens.add(new byte[] {(byte) value});
    }
    if (size >= SIZE_WITH_NUMBERS) {
      for (int number = 0; number < 100; number++) {
        if (number < 10) {
          tokens.add((" " + number).getBytes(US_ASCII));
        }
        tokens.add("%02d".formatted(number).getBytes(US_ASCII));
        tokens.add(" %02d".formatted(number).getBytes(US_ASCII));
      }
    }
    return tokens;
  }

  private static Vocabulary vocabulary(String name, List<byte[]> first, List<byte[]> then) {
    List<byte[]> tokens = new ArrayList<>(first);
    tokens.addAll(then);
    return Vocabulary.of(name, tokens);
  }

  /** The strings within words that would save most if each were the only token, most first. */
  private static List<byte[]> candidates(List<byte[]> text, int most) {
    ByteStringCounts strings = substrings(words(text));
    long[] savings = new long[strings.size()];
    Integer[] order = new Integer[strings.size()];
    int count = 0;
    for (int entry = 0; entry < strings.size(); entry++) {
      savings[entry] = strings.count(entry) * (strings.end(entry) - strings.start(entry) - 1);
      if (strings.count(entry) > 1) {
        order[count++] = entry;
      }
    }
    // The sort is stable and the entries come in the order of the text.
    Arrays.sort(order, 0, count, Comparator.comparingLong((Integer e) -> -savings[e]));
    List<byte[]> candidates = new ArrayList<>();
    for (int i = 0; i < Math.min(most, count); i++) {
      candidates.add(strings.string(order[i]));
    }
    return candidates;
  }

  private static ByteStringCounts words(List<byte[]> text) {
    ByteStringCounts words = new ByteStringCounts();
    for (byte[] piece : text) {
      int at = 0;
      while (at < piece.length) {
        int end = Words.end(piece, at, piece.length);
        words.add(piece, at, end, 1);
        at = end;
      }
    }
    return words;
  }

  /** Strings of two bytes or more that begin and end between characters, or lie inside of one. */
  private static ByteStringCounts substrings(ByteStringCounts words) {
    ByteStringCounts strings = new ByteStringCounts();
    long rare = 1;
    byte[] bytes = words.bytes();
    for (int word = 0; word < words.size(); word++) {
      int start = words.start(word);
      int end = words.end(word);
      for (int from = start; from < end - 1; from++) {
        boolean atEdge = Words.isEdge(bytes, from, end);
        boolean inside = true;
        for (int to = from + 1; to <= Math.min(end, from + LONGEST); to++) {
          boolean endsAtEdge = Words.isEdge(bytes, to, end);
          if (to > from + 1 && (atEdge && endsAtEdge || inside && !endsAtEdge)) {
            strings.add(bytes, from, to, words.count(word));
          }
          inside &= !endsAtEdge;
        }
      }
      while (strings.size() > MOST_COUNTED) {
        strings.dropUpTo(rare);
        rare = strings.size() > MOST_COUNTED / 2 ? 2 * rare : rare;
      }
    }
    return strings;
  }

  /** Encodes the text and keeps the strings without which it would need most tokens more. */
  private static List<byte[]> mostUseful(
      List<byte[]> fixed, List<byte[]> strings, List<byte[]> text, int left, boolean keepUnused) {
    Tokenizer tokenizer = new Tokenizer(vocabulary("candidates", fixed, strings));
    long[] uses = new long[1 + fixed.size() + strings.size()];
    for (byte[] piece : text) {
      tokenizer.encode(piece, 0, piece.length, token -> uses[token]++);
    }
    long[] losses = new long[strings.size()];
    Integer[] order = new Integer[strings.size()];
    for (int i = 0; i < losses.length; i++) {
      long used = uses[1 + fixed.size() + i];
      losses[i] = used * (pieces(strings.get(i), tokenizer) - 1);
      order[i] = i;
    }
    Arrays.sort(order, Comparator.comparingLong((Integer i) -> -losses[i]));
    List<byte[]> kept = new ArrayList<>();
    for (int i = 0; i < left && (keepUnused || losses[order[i]] > 0); i++) {
      kept.add(strings.get(order[i]));
    }
    return kept;
  }

  /** The tokens that a string is cut into when it is none itself. */
  private static int pieces(byte[] string, Tokenizer tokenizer) {
    // The first piece is the longest token that begins the string and is not all of it.
    int[] count = {0};
    int[] first = {0};
    tokenizer.encode(
        string,
        0,
        string.length - 1,
        token -> {
          if (count[0]++ == 0) {
            first[0] = token;
          }
        });
    int length = tokenizer.vocabulary().bytesOf(first[0]).orElseThrow().length;
    count[0] = 1;
    tokenizer.encode(string, length, string.length, token -> count[0]++);
    return count[0];
  }
}
