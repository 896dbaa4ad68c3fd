package dev.rwkvx.training.data;

import dev.rwkvx.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What is in a token stream.
 *
 * @param type how tokens are stored
 * @param documents how many there are
 * @param tokens of all documents, those that end them included
 * @param lengths tokens of the documents at the quantiles {@link #QUANTILES}, all 0 without
 *     documents
 * @param unended documents that do not end with token 0
 * @param inside tokens 0 that stand before the end of a document
 * @param distinct how many different tokens occur
 * @param highest the highest token, −1 without tokens
 * @param bytes of the text, or −1 when the vocabulary is not known
 * @param unknown tokens that the vocabulary does not have
 * @param answers tokens that belong to answers, or −1 where the stream does not tell
 */
public record DatasetStatistics(
    TokenType type,
    long documents,
    long tokens,
    int[] lengths,
    long unended,
    long inside,
    int distinct,
    int highest,
    long bytes,
    long unknown,
    long answers) {
  /** The shares of documents that are no longer than {@link #lengths}. */
  public static final double[] QUANTILES = {0, 0.1, 0.5, 0.9, 0.99, 1};

  private static final int READ_AT_ONCE = 1 << 16;

  /**
   * Reads a stream once. Needs 4 bytes of memory for a document.
   *
   * @param stream stays open
   * @param vocabulary what the tokens stand for, to count bytes
   * @return what is in it
   */
  public static DatasetStatistics of(TokenFile stream, @Nullable Vocabulary vocabulary) {
    Counter counter = new Counter(vocabulary);
    int[] lengths = new int[Math.toIntExact(stream.documents())];
    for (int document = 0; document < lengths.length; document++) {
      long start = stream.start(document);
      long end = stream.end(document);
      lengths[document] = (int) Math.min(Integer.MAX_VALUE, end - start);
      counter.count(stream, start, end);
    }
    Arrays.sort(lengths);
    int[] quantiles =
        Arrays.stream(QUANTILES)
            .mapToInt(q -> lengths.length == 0 ? 0 : lengths[(int) (q * (lengths.length - 1))])
            .toArray();
    return new DatasetStatistics(
        stream.type(),
        stream.documents(),
        stream.tokens(),
        quantiles,
        counter.unended,
        counter.inside,
        counter.seen.cardinality(),
        counter.seen.length() - 1,
        vocabulary == null ? -1 : counter.bytes,
        counter.unknown,
        stream.hasAnswers() ? counter.answers : -1);
  }

  private static final class Counter {
    private final @Nullable Vocabulary vocabulary;
    private final int[] byteLengths;
    private final BitSet seen = new BitSet();
    private final int[] chunk = new int[READ_AT_ONCE];
    private final byte[] marks = new byte[READ_AT_ONCE];
    private long unended;
    private long inside;
    private long bytes;
    private long unknown;
    private long answers;

    Counter(@Nullable Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
      byteLengths = new int[vocabulary == null ? 0 : vocabulary.size()];
      // Token 0 is the end of a document here, whatever else it is.
      for (int id = 1; vocabulary != null && id < byteLengths.length; id++) {
        byteLengths[id] = vocabulary.bytesOf(id).map(token -> token.length).orElse(0);
      }
    }

    void count(TokenFile stream, long start, long end) {
      int last = -1;
      for (long at = start; at < end; at += READ_AT_ONCE) {
        int count = (int) Math.min(READ_AT_ONCE, end - at);
        stream.read(at, chunk, 0, count);
        stream.answers(at, marks, 0, count);
        for (int i = 0; i < count; i++) {
          count(chunk[i]);
          answers += marks[i];
        }
        last = chunk[count - 1];
      }
      if (last == 0) {
        inside--;
      } else {
        unended++;
      }
    }

    private void count(int token) {
      seen.set(token);
      if (token == 0) {
        inside++;
      } else if (vocabulary != null) {
        int length = token < byteLengths.length ? byteLengths[token] : 0;
        bytes += length;
        unknown += length == 0 ? 1 : 0;
      }
    }
  }
}
