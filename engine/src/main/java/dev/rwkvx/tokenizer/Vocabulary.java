package dev.rwkvx.tokenizer;

import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import dev.rwkvx.io.InputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Token ids and the bytes that each stands for; immutable.
 *
 * <p>In every vocabulary but {@link #bytes()} id 0 ends a document and has no bytes. Further ids
 * may be without bytes where the file leaves them out.
 */
public final class Vocabulary {
  /** Size limit of a vocabulary file in bytes; the World vocabulary has one. */
  static final int MAX_FILE_BYTES = 1 << 24;

  /** Ids are below this, so that a short file cannot ask for a long table. */
  static final int MAX_SIZE = 1 << 20;

  static final byte[] NO_BYTES = {};

  private static final String BYTES = "bytes";

  private final String name;

  /** By id; {@link #NO_BYTES} where the id stands for nothing. */
  private final byte[][] tokens;

  Vocabulary(String name, byte[][] tokens) {
    this.name = name;
    this.tokens = tokens;
  }

  /**
   * {@return the 256 bytes, each under its value as id; nothing is left for the end of a document}
   */
  public static Vocabulary bytes() {
    byte[][] tokens = new byte[256][];
    Arrays.setAll(tokens, value -> new byte[] {(byte) value});
    return new Vocabulary(BYTES, tokens);
  }

  /**
   * Reads an RWKV World vocabulary: lines {@code ID LITERAL LENGTH} with the token as a Python
   * string (its UTF-8 bytes count) or bytes literal and its length in bytes.
   *
   * @param file such as {@code rwkv_vocab_v20230424.txt}
   * @return the vocabulary, named like the file
   * @throws InputException when the file is absent, is too large or breaks the format
   */
  public static Vocabulary world(Path file) {
    return WorldFormat.parse(stem(file), file.toString(), text(file, read(file)));
  }

  /**
   * Reads a file in whichever format it is: the compact one of {@link #fromText}, the World format,
   * the {@code tokenizer.json} of RWKV models for transformers, or the {@code vocab.txt} of older
   * ones with a Python bytes literal in each line.
   *
   * @param file in one of these formats
   * @return the vocabulary, named like the file
   * @throws InputException when the file is absent, is too large or is none of them
   */
  public static Vocabulary load(Path file) {
    return load(file, read(file));
  }

  /** {@link #load(Path)} of a file whose bytes are at hand. */
  static Vocabulary load(Path file, byte[] bytes) {
    String text = text(file, bytes);
    String name = stem(file);
    String source = file.toString();
    if (CompactFormat.matches(text)) {
      return CompactFormat.parse(name, source, text);
    }
    if (text.stripLeading().startsWith("{")) {
      return TokenizerJson.parse(name, new ByteSource(source, MemorySegment.ofArray(bytes)));
    }
    return WorldFormat.isLiterals(text)
        ? WorldFormat.parseLiterals(name, source, text)
        : WorldFormat.parse(name, source, text);
  }

  /**
   * Reads the compact format: a line {@code rwkvx-vocabulary 1 COUNT}, then one line for each of
   * the ids 1 … COUNT. A line holds the token as UTF-8 text with the escapes {@code \\}, {@code
   * \n}, {@code \r}, {@code \t} and {@code \xHH} for one byte; an empty line is an id without
   * bytes. The single line {@code rwkvx-vocabulary 1 bytes} is {@link #bytes()}.
   *
   * @param name becomes {@link #name()} and stands in error messages
   * @param text a whole file in the compact format
   * @return the vocabulary
   * @throws InputException when the text breaks the format
   */
  public static Vocabulary fromText(String name, String text) {
    return CompactFormat.parse(name, "vocabulary '" + name + "'", text);
  }

  /**
   * {@return a vocabulary of these tokens under the ids 1, 2, …; id 0 ends a document}
   *
   * @param name stands in messages
   * @param tokens not empty, none of them twice
   * @throws InputException when there are too many
   */
  public static Vocabulary of(String name, List<byte[]> tokens) {
    if (tokens.size() >= MAX_SIZE) {
      throw new InputException(
          "The vocabulary '%s' has %d tokens; expected at most %d"
              .formatted(name, tokens.size(), MAX_SIZE - 1));
    }
    byte[][] table = new byte[tokens.size() + 1][];
    Arrays.setAll(table, id -> id == 0 ? NO_BYTES : tokens.get(id - 1).clone());
    return new Vocabulary(name, table);
  }

  /** {@return the compact format, which {@link #fromText} reads back} */
  public String toText() {
    return isBytes() ? CompactFormat.BYTES_TEXT : CompactFormat.text(tokens);
  }

  /** {@return the World format, which {@link #world} and the official tools read} */
  public String toWorldText() {
    return WorldFormat.text(tokens);
  }

  /**
   * {@return 64 hexadecimal digits that tell what the ids stand for, whatever the vocabulary's
   * name}
   */
  public String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(toText().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** {@return the name of the file without its ending, or {@code bytes}} */
  public String name() {
    return name;
  }

  /** {@return the highest id + 1} */
  public int size() {
    return tokens.length;
  }

  /**
   * {@return a copy of the bytes that an id stands for; empty where it stands for nothing}
   *
   * @param id any number
   */
  public Optional<byte[]> bytesOf(int id) {
    return isToken(id) ? Optional.of(tokens[id].clone()) : Optional.empty();
  }

  /**
   * {@return whether an id stands for bytes}
   *
   * @param id any number
   */
  public boolean isToken(int id) {
    return id >= 0 && id < tokens.length && tokens[id].length > 0;
  }

  /**
   * The bytes of an id, not a copy; none for id 0 where that ends a document.
   *
   * @throws InputException when the id is outside the vocabulary
   */
  byte[] decode(int id) {
    if (id != 0 && !isToken(id)) {
      throw new InputException(
          "Token id %d is not in the vocabulary '%s', which has ids up to %d"
              .formatted(id, name, tokens.length - 1));
    }
    return tokens[id];
  }

  /**
   * {@return the bytes of each id from 0 to {@link #size()} − 1, in copies; none for ids that stand
   * for nothing}
   */
  public List<byte[]> tokens() {
    return Arrays.stream(tokens).map(byte[]::clone).toList();
  }

  private boolean isBytes() {
    return tokens[0].length > 0;
  }

  private static byte[] read(Path file) {
    try {
      long size = Files.size(InputFile.require(file));
      if (size > MAX_FILE_BYTES) {
        throw new InputException(
            "%s: a vocabulary has at most %d bytes, found %d"
                .formatted(file, MAX_FILE_BYTES, size));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such vocabulary file", e);
    } catch (IOException e) {
      throw new InputException(file + ": the vocabulary cannot be read: " + e.getMessage(), e);
    }
  }

  private static String text(Path file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": a vocabulary is UTF-8 text, found other bytes", e);
    }
  }

  private static String stem(Path file) {
    String fileName = String.valueOf(file.getFileName());
    int dot = fileName.lastIndexOf('.');
    return dot > 0 ? fileName.substring(0, dot) : fileName;
  }
}
