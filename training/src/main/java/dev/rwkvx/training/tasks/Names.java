package dev.rwkvx.training.tasks;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Names of several words or syllables, millions of them: of things ({@code the amber falcon}),
 * people ({@code Clara Brandow}), cities ({@code Velmora}), and parts of these ({@code Lima
 * North}).
 */
public final class Names {
  private static final List<String> FIRST_SYLLABLES =
      List.of(
          ("Al Ar Bal Bel Ber Bor Bran Cal Car Cor Dal Del Dor Dun El Er Fal Fen Gal Gar Gor Hal"
                  + " Har Hel Il Is Jar Jor Kal Kel Kor Lan Lar Lor Mal Mar Mel Mor Nal Nor Ol Or"
                  + " Pal Per Quin Ral Ren Ros Sal Ser Sol Tal Tar Tor Ul Val Vel Vor Wil Yor Zan"
                  + " Zel")
              .split(" "));
  private static final List<String> MIDDLE_SYLLABLES =
      List.of("", "", "", "a", "an", "ba", "da", "di", "e", "en", "i", "ka", "li", "o", "ri", "ta");
  private static final List<String> LAST_SYLLABLES =
      List.of(
          ("bridge burg by dale den dow field fold ford gate ham haven holm ia ina ington kirk land"
                  + " ley ling mar mere mond mont mora mouth na nes no ona ora port ra rin ron rova"
                  + " stad ster stow ton tor va vik ville well wick wood worth")
              .split(" "));
  private static final List<String> PARTS =
      List.of("North", "South", "East", "West", "Harbor", "Station", "Bridge", "Hill", "Park");
  private static final List<String> TITLES =
      List.of("Captain", "Doctor", "Judge", "Sister", "Professor", "Uncle", "Sergeant", "Master");
  private static final List<String> OWNERS =
      List.of("house", "ship", "project", "team", "village", "farm", "school", "company");

  /** Of the form with the fewest names some hundreds are held out. */
  private static final int MOST_OF_A_FORM = 256;

  /** The forms that names of one document have, each as likely; one more mixes them. */
  private enum Form {
    THE_THING {
      @Override
      String draw(SplittableRandom random) {
        return "the " + thing(random, " ");
      }
    },
    THING {
      @Override
      String draw(SplittableRandom random) {
        return thing(random, random.nextBoolean() ? " " : "-");
      }
    },
    PERSON {
      @Override
      String draw(SplittableRandom random) {
        String last =
            random.nextBoolean() ? Wording.pick(random, Words.LAST_NAMES) : invented(random);
        return Wording.pick(random, Words.FIRST_NAMES) + " " + last;
      }
    },
    TITLED {
      @Override
      String draw(SplittableRandom random) {
        return Wording.pick(random, TITLES) + " " + invented(random);
      }
    },
    CITY {
      @Override
      String draw(SplittableRandom random) {
        return random.nextInt(4) == 0 ? Wording.pick(random, Words.CITIES) : invented(random);
      }
    },
    PART_OF_CITY {
      @Override
      String draw(SplittableRandom random) {
        String city = CITY.draw(random);
        String part = Wording.pick(random, PARTS);
        return random.nextBoolean() ? city + "-" + part : part + " " + city;
      }
    },
    OWNER {
      @Override
      String draw(SplittableRandom random) {
        return "the " + Wording.pick(random, OWNERS) + " " + invented(random);
      }
    };

    abstract String draw(SplittableRandom random);
  }

  private Names() {}

  /**
   * Draws names for one document.
   *
   * @param count how many, at most some thousands
   * @param split which names may be used
   * @param random the source of all that is random
   * @return names in random order, none twice in whatever spelling
   */
  public static Set<String> draw(int count, Split split, SplittableRandom random) {
    List<Form> forms = List.of(Form.values());
    int form = count > MOST_OF_A_FORM ? forms.size() : random.nextInt(forms.size() + 1);
    Set<String> names = new LinkedHashSet<>();
    Set<String> plain = new HashSet<>();
    while (names.size() < count) {
      Form of = form < forms.size() ? forms.get(form) : Wording.pick(random, forms);
      String name = of.draw(random);
      if (Split.of(name) == split && plain.add(Split.plain(name))) {
        names.add(name);
      }
    }
    return names;
  }

  private static String thing(SplittableRandom random, String between) {
    return Wording.pick(random, Words.ADJECTIVES) + between + Wording.pick(random, Words.THINGS);
  }

  /** A word that no dictionary has, such as {@code Velmora}. */
  static String invented(SplittableRandom random) {
    return Wording.pick(random, FIRST_SYLLABLES)
        + Wording.pick(random, MIDDLE_SYLLABLES)
        + Wording.pick(random, LAST_SYLLABLES);
  }
}
