package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.training.data.Corpus;
import dev.rwkvx.training.data.Document;
import dev.rwkvx.training.data.DocumentReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Documents in memory.
 *
 * @param documents their bytes, usually UTF-8; none is empty
 */
public record Texts(List<byte[]> documents) {
  /** No documents. */
  public static final Texts NONE = new Texts(List.of());

  /** Copies the list of documents. */
  public Texts {
    documents = List.copyOf(documents);
  }

  /**
   * Reads files and folders: each {@code .txt} file is a document, each line {@code {"text": …}} of
   * a {@code .jsonl} file and each row of a {@code .parquet} file with the column {@code text}.
   *
   * @param inputs files and folders
   * @param most bytes after which no further document is begun
   * @return the documents, by the order of the inputs and of the names in folders
   * @throws InputException when a file cannot be used or there is no text
   * @throws IOException when a file cannot be read or written
   */
  public static Texts read(List<Path> inputs, long most) throws IOException {
    List<byte[]> documents = new ArrayList<>();
    long bytes = 0;
    try (DocumentReader reader = Corpus.of(inputs, "text", null).open()) {
      for (Document document = reader.next();
          document != null && bytes < most;
          document = reader.next()) {
        byte[] copy = Arrays.copyOfRange(document.bytes(), document.from(), document.to());
        if (copy.length > 0) {
          documents.add(copy);
          bytes += copy.length;
        }
      }
    }
    if (documents.isEmpty()) {
      throw new InputException(
          inputs.stream().map(Path::toString).collect(Collectors.joining(", "))
              + ": no text in there; expected at least one document");
    }
    return new Texts(documents);
  }

  /**
   * {@return the first documents only}
   *
   * @param most documents to keep at most
   */
  public Texts first(int most) {
    return new Texts(documents.subList(0, Math.min(most, documents.size())));
  }

  /** {@return all of them as one text, with blank lines between} */
  public String joined() {
    return documents.stream()
        .map(document -> new String(document, StandardCharsets.UTF_8))
        .collect(Collectors.joining("\n\n"));
  }

  /**
   * The ids of a text as the beginning of a document: behind token 0, which ends the document
   * before, as in training. The byte vocabulary has no such token.
   *
   * @throws InputException when there is nothing to begin with
   */
  static int[] fromStart(byte[] text, Tokenizer tokenizer) {
    int[] ids = tokenizer.encode(text);
    boolean alone = tokenizer.vocabulary().isToken(0);
    if (alone && ids.length == 0) {
      throw new InputException(
          "An empty text has no first token, and this vocabulary none that ends documents; expected"
              + " some text");
    }
    int[] behind = new int[ids.length + 1];
    System.arraycopy(ids, 0, behind, 1, ids.length);
    return alone ? ids : behind;
  }

  /** {@return 64 hexadecimal digits that tell these documents from others} */
  public String fingerprint() {
    MessageDigest digest = sha256();
    for (byte[] document : documents) {
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, document.length));
      digest.update(document);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The same of documents of ids. */
  static String fingerprint(List<int[]> documents) {
    return new Texts(documents.stream().map(Texts::bytes).toList()).fingerprint();
  }

  private static byte[] bytes(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * ids.length);
    bytes.asIntBuffer().put(ids);
    return bytes.array();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
