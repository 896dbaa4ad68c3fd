package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import dev.rwkvx.io.OutputPath;
import dev.rwkvx.io.ScratchFiles;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a token stream of a corpus: the tokens of every document and token 0 after them. Tokens
 * that hold a byte of an answer are marked in the weights file.
 *
 * <p>Works on corpora larger than the memory. Where the order changes, the tokens are written in
 * the order of the corpus first, beside the result, and fetched from there in large windows: within
 * a window from the front to the back of the file, as disks like it.
 */
public final class DatasetBuilder {
  /** Hears how far the work is. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after every document or window.
     *
     * @param step what is being done, such as {@code tokenizing}
     * @param done of {@code total}, in a unit of the step's own
     * @param total of the step, in the same unit
     * @param tokens written in this step
     */
    void progress(String step, long done, long total, long tokens);
  }

  /**
   * What was made.
   *
   * @param empty documents without text, which were left out
   * @param holdout the prefix of the held-out documents, if any
   */
  public record Result(long empty, @Nullable Path holdout) {}

  /** Tokens that are put in order in memory at once. */
  private static final int WINDOW = 1 << 25;

  private static final int SLOT_BITS = 20;

  private final Corpus corpus;
  private final Tokenizer tokenizer;
  private final DatasetOptions options;
  private final Listener listener;
  private final int window;
  private long empty;

  /** Of the tokens of the current document: 1 for those of answers. */
  private byte[] answers = new byte[1 << 10];

  /**
   * Prepares; nothing is read or written yet.
   *
   * @param corpus the texts
   * @param tokenizer makes tokens of them
   * @param options order, repetitions, what is held out
   * @param listener hears how far it is
   * @throws InputException when the vocabulary has too many tokens for 16 bits
   */
  public DatasetBuilder(
      Corpus corpus, Tokenizer tokenizer, DatasetOptions options, Listener listener) {
    this(corpus, tokenizer, options, listener, WINDOW);
  }

  DatasetBuilder(
      Corpus corpus, Tokenizer tokenizer, DatasetOptions options, Listener listener, int window) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    if (vocabulary.size() > TokenType.UINT16.limit()) {
      throw new InputException(
          "The vocabulary '%s' has ids up to %d; tokens are stored in 16 bits, up to %d"
              .formatted(vocabulary.name(), vocabulary.size() - 1, TokenType.UINT16.limit() - 1));
    }
    this.corpus = corpus;
    this.tokenizer = tokenizer;
    this.options = options;
    this.listener = listener;
    this.window = window;
  }

  /**
   * Writes {@code PREFIX.bin} and {@code PREFIX.idx}, {@code PREFIX.weights} where there are
   * answers, and the same for {@code PREFIX-holdout} where documents are held out; existing files
   * are replaced when all is done.
   *
   * @param prefix the names of the files without their endings
   * @return what was written
   * @throws InputException when the corpus has no text or breaks its format
   * @throws IOException when a file cannot be read or written
   */
  public Result build(Path prefix) throws IOException {
    empty = 0;
    if (options.keepsOrder()) {
      tokenize(prefix);
      return new Result(empty, null);
    }
    TokenFileNames names = TokenFileNames.of(prefix);
    OutputPath.require(names.tokens());
    ScratchFiles.sweep(names.tokens());
    Path unordered = ScratchFiles.name(names.tokens(), "unordered");
    TokenFileNames temporary = TokenFileNames.of(unordered);
    ScratchFiles.deleteAtEnd(temporary.tokens());
    ScratchFiles.deleteAtEnd(temporary.index());
    ScratchFiles.deleteAtEnd(temporary.weights());
    try {
      tokenize(unordered);
      try (TokenFile source = TokenFile.open(unordered)) {
        return distribute(source, prefix);
      }
    } finally {
      Files.deleteIfExists(temporary.index());
      Files.deleteIfExists(temporary.tokens());
      Files.deleteIfExists(temporary.weights());
    }
  }

  private void tokenize(Path prefix) throws IOException {
    try (TokenFileWriter out = TokenFileWriter.create(prefix, TokenType.UINT16);
        DocumentReader documents = corpus.open()) {
      TokenBuffer tokens = new TokenBuffer();
      Document document = documents.next();
      while (document != null && out.tokens() < options.limit()) {
        encode(document, tokens);
        if (tokens.size() > 1) {
          markAnswers(document, tokens);
          out.add(tokens.tokens(), answers, 0, tokens.size());
        } else {
          empty++;
        }
        listener.progress("tokenizing", document.read(), corpus.bytes(), out.tokens());
        document = documents.next();
      }
      if (out.documents() == 0) {
        throw new InputException("There is no text in " + corpus.files().getFirst());
      }
      out.commit();
    }
  }

  /** The tokens of a document and the end of the document. */
  private void encode(Document document, TokenBuffer tokens) {
    tokens.clear();
    try {
      tokenizer.encode(document.bytes(), document.from(), document.to(), tokens);
    } catch (InputException e) {
      throw document.error(String.valueOf(e.getMessage()));
    }
    if (tokenizer.vocabulary().isToken(0)) {
      for (int i = 0; i < tokens.size(); i++) {
        if (tokens.tokens()[i] == 0) {
          throw document.error("the byte 0 is in it, which ends documents in the byte vocabulary");
        }
      }
    }
    tokens.accept(0);
  }

  /** Walks through the tokens and the answers side by side. */
  private void markAnswers(Document document, TokenBuffer tokens) {
    if (answers.length < tokens.size()) {
      answers = new byte[tokens.tokens().length];
    }
    Arrays.fill(answers, 0, tokens.size(), (byte) 0);
    List<Span> spans = document.answers();
    int next = 0;
    int at = 0;
    for (int i = 0; i < tokens.size() - 1 && next < spans.size(); i++) {
      int end = at + tokenizer.vocabulary().bytesOf(tokens.tokens()[i]).orElseThrow().length;
      while (next < spans.size() && spans.get(next).to() <= at) {
        next++;
      }
      answers[i] = (byte) (next < spans.size() && spans.get(next).from() < end ? 1 : 0);
      at = end;
    }
  }

  private Result distribute(TokenFile source, Path prefix) throws IOException {
    long documents = source.documents();
    int held = held(documents);
    Permutation choice = new Permutation(documents, Permutation.seed(options.seed(), 0));
    BitSet isHeld = new BitSet();
    for (int i = 0; i < held; i++) {
      isHeld.set((int) choice.at(i));
    }
    TokenFileNames names = TokenFileNames.of(prefix);
    String stem = names.tokens().getFileName().toString().replaceFirst("\\.bin$", "");
    Path holdout = prefix.resolveSibling(stem + "-holdout");
    try (TokenFileWriter out = TokenFileWriter.create(prefix, TokenType.UINT16)) {
      for (int epoch = 1; epoch <= options.repeat(); epoch++) {
        LongStream order = LongStream.range(0, documents).filter(d -> !isHeld.get((int) d));
        if (options.shuffle()) {
          long rest = documents - held;
          Permutation shuffled = new Permutation(rest, Permutation.seed(options.seed(), epoch));
          order = LongStream.range(0, rest).map(i -> choice.at(held + shuffled.at(i)));
        }
        copy(source, order.iterator(), out);
      }
      if (held > 0) {
        try (TokenFileWriter heldOut = TokenFileWriter.create(holdout, TokenType.UINT16)) {
          copy(source, isHeld.stream().asLongStream().iterator(), heldOut);
          heldOut.commit();
        }
      }
      out.commit();
    }
    return new Result(empty, held > 0 ? holdout : null);
  }

  private int held(long documents) {
    if (options.holdout() == 0) {
      return 0;
    }
    if (documents < 2) {
      throw new InputException(
          "There is one document only; to hold out some, expected two or more"
              + " (a text file can be split at a separator)");
    }
    long held = Math.round(options.holdout() * documents);
    return (int) Math.clamp(held, 1, documents - 1);
  }

  private void copy(TokenFile source, PrimitiveIterator.OfLong order, TokenFileWriter out)
      throws IOException {
    long[] slots = new long[1 << SLOT_BITS];
    int[] starts = new int[(1 << SLOT_BITS) + 1];
    int[] tokens = {};
    byte[] marks = {};
    while (order.hasNext()) {
      int count = 0;
      while (order.hasNext() && count < slots.length && starts[count] < window) {
        long document = order.nextLong();
        slots[count] = document << SLOT_BITS | count;
        int length = (int) (source.end(document) - source.start(document));
        starts[count + 1] = Math.addExact(starts[count], length);
        count++;
      }
      if (tokens.length < starts[count]) {
        tokens = new int[starts[count]];
        marks = new byte[starts[count]];
      }
      Arrays.sort(slots, 0, count);
      for (int i = 0; i < count; i++) {
        int slot = (int) (slots[i] & (1 << SLOT_BITS) - 1);
        long start = source.start(slots[i] >>> SLOT_BITS);
        int length = starts[slot + 1] - starts[slot];
        source.read(start, tokens, starts[slot], length);
        source.answers(start, marks, starts[slot], length);
      }
      for (int i = 0; i < count; i++) {
        out.add(tokens, marks, starts[i], starts[i + 1]);
      }
      listener.progress("ordering", out.tokens(), source.tokens() * options.repeat(), out.tokens());
    }
  }
}
