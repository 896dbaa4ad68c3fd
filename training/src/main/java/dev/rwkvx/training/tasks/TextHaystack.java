package dev.rwkvx.training.tasks;

import dev.rwkvx.InputException;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.data.Document;
import dev.rwkvx.training.data.DocumentReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Runs of text out of a corpus, from places of which each is as likely as any other. Where a
 * document ends, the text goes on at another place.
 */
public final class TextHaystack implements Haystack {
  /** Documents of so many bytes are kept in memory. */
  private static final long MOST = 256L << 20;

  /** How far the start of a sentence is looked for. */
  private static final int SEARCHED = 1_000;

  private final List<byte[]> documents;

  /** Where each document starts if all stood in a row, and where the last one ends. */
  private final long[] starts;

  private TextHaystack(List<byte[]> documents) {
    this.documents = documents;
    starts = new long[documents.size() + 1];
    for (int i = 0; i < documents.size(); i++) {
      starts[i + 1] = starts[i] + documents.get(i).length;
    }
  }

  /**
   * Reads a corpus; of one that is larger than 256 MiB, documents from all of it.
   *
   * @param corpus the texts
   * @return their sentences
   * @throws InputException when there is no text in it
   * @throws IOException when a file cannot be read
   */
  public static TextHaystack read(Corpus corpus) throws IOException {
    return read(corpus, MOST);
  }

  static TextHaystack read(Corpus corpus, long most) throws IOException {
    SplittableRandom choice = new SplittableRandom(0);
    double share = (double) most / Math.max(1, corpus.bytes());
    List<byte[]> documents = new ArrayList<>();
    long kept = 0;
    try (DocumentReader reader = corpus.open()) {
      for (Document next = reader.next(); next != null && kept < 2 * most; next = reader.next()) {
        if (next.to() > next.from() && choice.nextDouble() < share) {
          documents.add(Arrays.copyOfRange(next.bytes(), next.from(), next.to()));
          kept += next.to() - next.from();
        }
      }
    }
    if (documents.isEmpty()) {
      throw new InputException("There is no text in " + corpus.files().getFirst());
    }
    return new TextHaystack(documents);
  }

  @Override
  public String text(SplittableRandom random, int bytes) {
    StringBuilder text = new StringBuilder();
    int left = bytes;
    while (left > 0) {
      long place = random.nextLong(starts[documents.size()]);
      int found = Arrays.binarySearch(starts, place);
      int document = found >= 0 ? found : -found - 2;
      byte[] all = documents.get(document);
      int from = sentenceStart(all, (int) (place - starts[document]));
      int to = wordEnd(all, from, (int) Math.min(all.length, (long) from + left));
      if (to == from && !text.isEmpty()) {
        break;
      }
      to = to > from ? to : characterEnd(all, (int) Math.min(all.length, (long) from + left));
      text.append(text.isEmpty() ? "" : "\n\n");
      text.append(new String(all, from, to - from, StandardCharsets.UTF_8).strip());
      left -= to - from + 2;
    }
    return text.toString();
  }

  /** The start of the sentence after a place, or the start of the document. */
  private static int sentenceStart(byte[] text, int place) {
    int end = Math.min(text.length - 1, place + SEARCHED);
    for (int i = place; i < end; i++) {
      boolean stop = text[i] == '.' || text[i] == '?' || text[i] == '!';
      if (stop && (text[i + 1] == ' ' || text[i + 1] == '\n')) {
        return i + 2 < text.length ? i + 2 : 0;
      }
    }
    return 0;
  }

  /** The last end of a word at or before a place, or {@code from} where there is none. */
  private static int wordEnd(byte[] text, int from, int place) {
    int end = place;
    while (end > from && end < text.length && text[end] != ' ' && text[end] != '\n') {
      end--;
    }
    return end;
  }

  private static int characterEnd(byte[] text, int place) {
    int end = place;
    while (end < text.length && (text[end] & 0xc0) == 0x80) {
      end++;
    }
    return end;
  }
}
