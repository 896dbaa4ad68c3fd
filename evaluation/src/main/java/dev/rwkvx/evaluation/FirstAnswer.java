package dev.rwkvx.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether what a model says first is what it should say: an answer that comes up later, behind
 * others, does not count.
 */
final class FirstAnswer {
  private static final Pattern BETWEEN =
      Pattern.compile("[\\s,;:\"'()\\[\\]]+|and\\b|\\d{1,2}\\. |VAR\\b");

  private FirstAnswer() {}

  /**
   * Whether an answer begins with the expected texts, in any order, each to its end: {@code 123} is
   * not what {@code 1234} begins with. White space, punctuation, numbering and "and" may stand
   * around them.
   */
  static boolean isExact(List<String> expected, String answer) {
    List<String> left = new ArrayList<>(expected);
    int at = 0;
    while (!left.isEmpty()) {
      int from = at;
      Optional<String> next = left.stream().filter(text -> isWhole(answer, text, from)).findFirst();
      Matcher between = BETWEEN.matcher(answer).region(from, answer.length());
      if (next.isPresent()) {
        left.remove(next.get());
        at += next.get().length();
      } else if (between.lookingAt()) {
        at = between.end();
      } else {
        return false;
      }
    }
    return true;
  }

  private static boolean isWhole(String answer, String text, int at) {
    int end = at + text.length();
    return answer.startsWith(text, at) && (end == answer.length() || !goesOn(answer, end));
  }

  /** Whether a name or number goes on behind a place. */
  private static boolean goesOn(String answer, int at) {
    int hyphens = answer.charAt(at) == '-' ? 1 : 0;
    return at + hyphens < answer.length() && Character.isLetterOrDigit(answer.charAt(at + hyphens));
  }
}
