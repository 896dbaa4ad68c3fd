import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Random numbers of 1 to 60 digits and their reverse, as lines {@code {"prompt": "123=",
 * "completion": "321"}}: {@code java Digits.java COUNT SEED [DRAWS] > FILE}. Of DRAWS lengths the
 * longest is taken: 1, the default, makes every length as frequent as any other.
 */
public final class Digits {
  private static final int MOST = 60;

  private Digits() {}

  public static void main(String[] arguments) {
    int count = Integer.parseInt(arguments[0]);
    SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[1]));
    int draws = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
    try (PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < count; i++) {
        int length = 1;
        for (int draw = 0; draw < draws; draw++) {
          length = Math.max(length, random.nextInt(1, MOST + 1));
        }
        StringBuilder digits = new StringBuilder();
        for (int n = length; n > 0; n--) {
          digits.append((char) ('0' + random.nextInt(10)));
        }
        out.printf("{\"prompt\": \"%s=\", ", digits);
        out.printf("\"completion\": \"%s\"}%n", digits.reverse());
      }
    }
  }
}
