package dev.rwkvx.training.tasks;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** What the values of names are. */
public enum ValueKind {
  /** One to seven digits, as many for all values of a document or for each its own. */
  NUMBERS {
    @Override
    String any(SplittableRandom random, int digits) {
      long first = 1;
      for (int i = 1; i < digits; i++) {
        first *= 10;
      }
      return Long.toString(random.nextLong(first, 10 * first));
    }
  },
  /** A word, English or made up. */
  WORDS {
    @Override
    String any(SplittableRandom random, int digits) {
      return random.nextBoolean()
          ? Wording.pick(random, Words.VALUES)
          : Names.invented(random).toLowerCase(Locale.ROOT);
    }
  },
  /** Capital letters and digits, such as {@code QX-4821}. */
  CODES {
    @Override
    String any(SplittableRandom random, int digits) {
      StringBuilder code = new StringBuilder();
      for (int i = 0; i < 2; i++) {
        code.append((char) ('A' + random.nextInt(26)));
      }
      return code.append('-').append(random.nextInt(100, 10_000)).toString();
    }
  },
  /** 32 hexadecimal digits in five groups. */
  UUIDS {
    @Override
    String any(SplittableRandom random, int digits) {
      String uuid = "%016x%016x".formatted(random.nextLong(), random.nextLong());
      return String.join(
          "-",
          List.of(
              uuid.substring(0, 8),
              uuid.substring(8, 12),
              uuid.substring(12, 16),
              uuid.substring(16, 20),
              uuid.substring(20)));
    }
  };

  private static final int MOST_DIGITS = 7;

  /** Of numbers that are not to be guessed. */
  private static final int LEAST_DIGITS = 5;

  /** A value of either split. */
  abstract String any(SplittableRandom random, int digits);

  /**
   * A source of values for one document, which may come twice.
   *
   * @param split which values may be used
   * @param random the source of all that is random
   * @return gives a value each time
   */
  public Supplier<String> draw(Split split, SplittableRandom random) {
    boolean alike = random.nextBoolean();
    int digits = digits(random);
    return () -> {
      while (true) {
        String value = any(random, alike ? digits : digits(random));
        if (splitOf(value) == split) {
          return value;
        }
      }
    };
  }

  /**
   * Draws values for an evaluation: no two alike, and long enough that none is guessed.
   *
   * @param count how many, at most some thousands
   * @param split which values may be used
   * @param random the source of all that is random
   * @return values in random order
   */
  public Set<String> distinct(int count, Split split, SplittableRandom random) {
    Set<String> values = new LinkedHashSet<>();
    while (values.size() < count) {
      String value = any(random, random.nextInt(LEAST_DIGITS, MOST_DIGITS + 1));
      if (splitOf(value) == split) {
        values.add(value);
      }
    }
    return values;
  }

  private Split splitOf(String value) {
    return this == NUMBERS ? Split.of(Long.parseLong(value)) : Split.of(value);
  }

  /** From one to seven, the longer ones more often: they leave less to luck. */
  private static int digits(SplittableRandom random) {
    return Math.max(random.nextInt(MOST_DIGITS), random.nextInt(MOST_DIGITS)) + 1;
  }
}
