package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Patterns of tensor names: {@code *} stands for any characters, {@code ?} for one, everything else
 * for itself; a pattern fits a whole name. {@code moba.*} fits everything of the sparse blocks,
 * {@code *.att.*} all of both kinds of attention.
 */
final class NamePattern {
  /** More than any name needs; bounds the work, which is pattern × name. */
  private static final int LONGEST = 1000;

  private NamePattern() {}

  /**
   * Names that one of the patterns fits.
   *
   * @throws InputException when a pattern is too long
   */
  static Predicate<String> any(List<String> patterns) {
    for (String pattern : patterns) {
      if (pattern.length() > LONGEST) {
        throw new InputException(
            "The pattern '%s…' has %d characters; expected at most %d"
                .formatted(pattern.substring(0, 20), pattern.length(), LONGEST));
      }
    }
    return name -> patterns.stream().anyMatch(pattern -> fits(pattern, name));
  }

  /**
   * Goes through the name once. Where it does not fit, the latest star takes one character more;
   * what stands before that star need not be tried again.
   */
  private static boolean fits(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int taken = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        taken = n;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++taken;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
