package dev.rwkvx.training.run;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Patterns of tensor names: {@code *} stands for any characters, {@code ?} for one, everything else
 * for itself; a pattern fits a whole name. {@code moba.*} fits everything of the sparse blocks,
 * {@code *.att.*} all of both kinds of attention.
 */
final class NamePattern {
  private NamePattern() {}

  /** Names that one of the patterns fits. */
  static Predicate<String> any(List<String> patterns) {
    if (patterns.isEmpty()) {
      return _ -> false;
    }
    return Pattern.compile(
            patterns.stream().map(NamePattern::expression).collect(Collectors.joining("|")))
        .asMatchPredicate();
  }

  private static String expression(String pattern) {
    return pattern
        .codePoints()
        .mapToObj(c ->
            switch (c) {
              case '*' -> ".*";
              case '?' -> ".";
              default -> Pattern.quote(Character.toString(c));
            })
        .collect(Collectors.joining());
  }
}
