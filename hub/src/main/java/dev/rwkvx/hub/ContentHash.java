package dev.rwkvx.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the content of a file has to hash to. */
public sealed interface ContentHash {
  /** {@return the expected digest in lower-case hexadecimal digits} */
  String hex();

  /** {@return what kind of digest it is, in words} */
  String kind();

  /**
   * {@return a digest that has yet to see the content}
   *
   * @param size of the content in bytes
   */
  MessageDigest begin(long size);

  /**
   * Of the content alone; the hub has it for large files.
   *
   * @param hex lower-case hexadecimal digits
   */
  record Sha256(String hex) implements ContentHash {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** The hash that some digits say, if they are one. */
    static Optional<ContentHash> of(String digits) {
      String hex = digits.toLowerCase(Locale.ROOT);
      return FORM.matcher(hex).matches() ? Optional.of(new Sha256(hex)) : Optional.empty();
    }

    @Override
    public String kind() {
      return "SHA-256";
    }

    @Override
    public MessageDigest begin(long size) {
      return algorithm("SHA-256");
    }
  }

  /**
   * Of the content behind a header with its size, which is the name of a blob in git.
   *
   * @param hex lower-case hexadecimal digits
   */
  record GitBlob(String hex) implements ContentHash {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{40}");

    /** The hash that some digits say, if they are one. */
    static Optional<ContentHash> of(String digits) {
      String hex = digits.toLowerCase(Locale.ROOT);
      return FORM.matcher(hex).matches() ? Optional.of(new GitBlob(hex)) : Optional.empty();
    }

    @Override
    public String kind() {
      return "git's SHA-1";
    }

    @Override
    public MessageDigest begin(long size) {
      MessageDigest digest = algorithm("SHA-1");
      digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
      return digest;
    }
  }

  /**
   * Ends a digest that has seen the content, and compares.
   *
   * @param digest made by {@link #begin}; of no further use afterwards
   * @return whether the content is the expected one
   */
  default boolean matches(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).equals(hex());
  }

  private static MessageDigest algorithm(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + name, e);
    }
  }
}
