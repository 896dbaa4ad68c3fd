package dev.rwkvx.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the paths of GGUF files tell: the type of the weights, and the parts of split files. */
final class GgufPath {
  private static final Pattern TYPE = Pattern.compile("[A-Za-z]+\\d[A-Za-z0-9_]*");
  private static final Pattern TYPE_IN_NAME =
      Pattern.compile("(?i)(?<![A-Za-z0-9])(I?Q\\d_[A-Z0-9_]+|BF16|FP?(?:16|32))(?![A-Za-z0-9_])");
  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final String FIRST = "00001";

  private GgufPath() {}

  static boolean isGguf(String path) {
    return path.endsWith(".gguf");
  }

  /**
   * Whether a path is that of a GGUF file with weights of a type.
   *
   * @param type such as {@code Q4_K_M}, in whatever case
   */
  static boolean hasType(String path, String type) {
    if (!isGguf(path) || !TYPE.matcher(type).matches()) {
      return false;
    }
    // Some write FP16 for what the format calls F16.
    String wanted = type.replaceFirst("(?i)^FP(?=\\d)", "F");
    String found = path.replaceAll("(?i)(?<![A-Za-z0-9])FP(?=16|32)", "F");
    return Pattern.compile("(?i)(?<![A-Za-z0-9])" + wanted + "(?![A-Za-z0-9_])")
        .matcher(found)
        .find();
  }

  /** The type that the path of a GGUF file tells; empty when it tells none. */
  static Optional<String> type(String path) {
    Matcher type = TYPE_IN_NAME.matcher(path);
    return isGguf(path) && type.find() ? Optional.of(type.group(1)) : Optional.empty();
  }

  /** Whether a path is that of a further part of a split file, which is opened by its first. */
  static boolean isFurtherPart(String path) {
    Matcher part = PART.matcher(path);
    return part.matches() && !part.group(2).equals(FIRST);
  }

  /** Whether a path is that of a further part of the split file with this first part. */
  static boolean isPartOf(String path, String first) {
    Matcher whole = PART.matcher(first);
    Matcher part = PART.matcher(path);
    return whole.matches()
        && part.matches()
        && isFurtherPart(path)
        && whole.group(2).equals(FIRST)
        && part.group(1).equals(whole.group(1))
        && part.group(3).equals(whole.group(3));
  }
}
