package dev.rwkvx.training.probes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Something that a model can learn from sequences of made-up words. In the {@link #vocabulary}
 * every word is one token.
 */
public enum Probe {
  /**
   * Multi-query associative recall (Zoology, arXiv 2312.04927): as many pairs of a key and a value
   * as the size says, then keys again, each behind all pairs; what follows a key is its value.
   */
  MQAR {
    @Override
    public ProbeText draw(int size, SplittableRandom random) {
      StringBuilder pairs = new StringBuilder();
      List<ProbeText.Ask> asks = new ArrayList<>();
      for (int key : permutation(KEYS, random).subList(0, size)) {
        String value = value(random);
        pairs.append(key(key)).append(' ').append(value).append(' ');
        asks.add(new ProbeText.Ask(key(key) + " ", value));
      }
      Collections.shuffle(asks, new Random(random.nextLong()));
      return new ProbeText(pairs.toString(), asks.subList(0, Math.min(size, MOST_ASKED)));
    }

    @Override
    public int most() {
      return KEYS;
    }
  },

  /**
   * Selective copying (Mamba, arXiv 2312.00752): sixteen words among as many blanks as the size
   * says, to be repeated in their order.
   */
  COPY {
    @Override
    public ProbeText draw(int size, SplittableRandom random) {
      boolean[] isWord = new boolean[size + COPIED];
      permutation(isWord.length, random).subList(0, COPIED).forEach(at -> isWord[at] = true);
      StringBuilder text = new StringBuilder();
      List<String> words = new ArrayList<>();
      for (boolean word : isWord) {
        if (word) {
          words.add(value(random));
        }
        text.append(word ? words.getLast() : BLANK).append(' ');
      }
      return ask(text.toString(), String.join(" ", words));
    }
  },

  /** Whether a sequence of bits, as long as the size says, has an odd number of ones. */
  PARITY {
    @Override
    public ProbeText draw(int size, SplittableRandom random) {
      int[] bits = random.ints(size, 0, 2).toArray();
      String text = Arrays.stream(bits).mapToObj(bit -> bit + " ").collect(Collectors.joining());
      return ask(text, PARITIES.get(Arrays.stream(bits).sum() % 2));
    }
  },

  /**
   * The product of permutations of five things, as many as the size says, which are carried out one
   * after another. {@code p13042} puts thing 1 first, thing 3 second, and so on. No fixed number of
   * layers without a state does this for all sizes (arXiv 2404.08819).
   */
  PERMUTATIONS {
    @Override
    public ProbeText draw(int size, SplittableRandom random) {
      int[] product = IntStream.range(0, THINGS).toArray();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < size; i++) {
        int[] next = permutation(THINGS, random).stream().mapToInt(Integer::intValue).toArray();
        int[] before = product;
        product = Arrays.stream(next).map(thing -> before[thing]).toArray();
        text.append(word(next)).append(' ');
      }
      return ask(text.toString(), word(product));
    }
  };

  private static final int KEYS = 1024;
  private static final int VALUES = 512;
  private static final int THINGS = 5;
  private static final int COPIED = 16;

  /** Keys asked for in a text, so that texts of many pairs are not mostly questions. */
  private static final int MOST_ASKED = 256;

  private static final int LONGEST = 1 << 20;
  private static final String BLANK = "_";
  private static final String EQUALS = "=";
  private static final List<String> PARITIES = List.of("even", "odd");

  /**
   * Draws a text with its questions; the same numbers give the same one.
   *
   * @param size from 1 to {@link #most}
   * @param random the source of all that is random
   * @return the text
   */
  public abstract ProbeText draw(int size, SplittableRandom random);

  /** {@return the largest size} */
  public int most() {
    return LONGEST;
  }

  /** {@return the name as users write it} */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return all words of all probes, each with the space behind it, and all single bytes} */
  public static List<byte[]> vocabulary() {
    List<String> words = new ArrayList<>(List.of(BLANK, EQUALS, "0", "1"));
    words.addAll(PARITIES);
    IntStream.range(0, KEYS).mapToObj(Probe::key).forEach(words::add);
    IntStream.range(0, VALUES).mapToObj(Probe::valueWord).forEach(words::add);
    addPermutations(new ArrayList<>(), words);
    return Stream.concat(
            IntStream.range(0, 256).mapToObj(value -> new byte[] {(byte) value}),
            words.stream().map(word -> (word + " ").getBytes(StandardCharsets.US_ASCII)))
        .toList();
  }

  private static void addPermutations(List<Integer> begun, List<String> words) {
    if (begun.size() == THINGS) {
      words.add(word(begun.stream().mapToInt(Integer::intValue).toArray()));
      return;
    }
    for (int thing = 0; thing < THINGS; thing++) {
      if (!begun.contains(thing)) {
        List<Integer> further = new ArrayList<>(begun);
        further.add(thing);
        addPermutations(further, words);
      }
    }
  }

  private static ProbeText ask(String text, String answer) {
    return new ProbeText(text, List.of(new ProbeText.Ask(EQUALS + " ", answer)));
  }

  /** Words of one kind have the same length: none is the beginning of another. */
  private static String key(int number) {
    return "k%04d".formatted(number);
  }

  private static String value(SplittableRandom random) {
    return valueWord(random.nextInt(VALUES));
  }

  private static String valueWord(int number) {
    return "v%03d".formatted(number);
  }

  private static String word(int[] permutation) {
    return "p"
        + Arrays.stream(permutation).mapToObj(Integer::toString).collect(Collectors.joining());
  }

  private static List<Integer> permutation(int size, SplittableRandom random) {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(numbers, new Random(random.nextLong()));
    return numbers;
  }
}
