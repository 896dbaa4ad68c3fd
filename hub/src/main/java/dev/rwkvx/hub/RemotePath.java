package dev.rwkvx.hub;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Paths of files in repositories, as users and servers say them. */
final class RemotePath {
  /** Leaves room for what is added to the names of temporary files. */
  private static final int LONGEST_PART = 170;

  private static final int LONGEST = 1000;

  private RemotePath() {}

  /**
   * Whether a path names a file below its folder and nothing else: no part is empty, hidden or
   * leads upwards, and none has a character that is special to a file system or a terminal.
   */
  static boolean isSafe(String path) {
    return path.length() <= LONGEST
        && Arrays.stream(path.split("/", -1)).allMatch(RemotePath::isSafePart);
  }

  private static boolean isSafePart(String part) {
    return !part.isEmpty()
        && part.charAt(0) != '.'
        && part.getBytes(StandardCharsets.UTF_8).length <= LONGEST_PART
        && part.codePoints()
            .noneMatch(c ->
                c == '\\'
                    || c == ':'
                    || Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE);
  }

  /** The last part. */
  static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** All but the last part. */
  static String folder(String path) {
    return path.substring(0, path.length() - fileName(path).length());
  }

  /** A path as it stands in an address. */
  static String encode(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(RemotePath::encodePart)
        .collect(Collectors.joining("/"));
  }

  /** One part of an address; a '/' in it is encoded too. */
  static String encodePart(String part) {
    // The encoding of forms writes a space as '+', which in a path is itself.
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
