package dev.rwkvx.training.tasks;

import dev.rwkvx.training.tasks.Puzzle.Clue;
import dev.rwkvx.training.tasks.Puzzle.Question;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Makes puzzles.
 *
 * @param keys facts, about: lists and chains are made of several
 * @param queries questions, at most
 * @param haystack gives the sentences to recall
 */
record Puzzles(SplittableRandom random, int keys, int queries, Haystack haystack) {
  private static final int LONGEST_LIST = 4;
  private static final int LONGEST_CHAIN = 5;
  private static final int SHORTEST_SENTENCE = 20;
  private static final int LONGEST_SENTENCE = 160;
  private static final int PASSAGE = 2_000;
  private static final int MOST_PASSKEY_QUESTIONS = 4;
  private static final List<TaskKind> MIXED =
      List.of(TaskKind.NUMBERS, TaskKind.WORDS, TaskKind.LISTS);

  Puzzle of(TaskKind kind) {
    return switch (kind) {
      case PASSKEY -> passkey(1);
      case NUMBERS -> {
        int digits = random.nextInt(3, 9);
        yield named(Wording.NUMBER_NAMES, () -> Keys.number(random, digits));
      }
      case WORDS -> named(Wording.WORD_NAMES, this::word);
      case PAIRS -> pairs();
      case UUIDS -> named(Wording.UUID_NAMES, () -> Keys.uuid(random));
      case LISTS -> lists();
      case CHAINS -> chains();
      case RECALL -> recall();
      case MIXED -> mixed();
    };
  }

  /**
   * A number.
   *
   * @param times it is asked for, in different words where they do not come up twice
   */
  private Puzzle passkey(int times) {
    // Most numbers up to 50,000, which evaluations ask for, have five digits.
    String key = Keys.number(random, random.nextBoolean() ? 5 : random.nextInt(1, 5));
    String fact = Wording.fill(Wording.pick(random, Wording.PASSKEY_FACTS), "", "", key);
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      String question = Wording.pick(random, Wording.PASSKEY_QUESTIONS);
      questions.add(Question.of(question, "", "", key, 0));
    }
    return new Puzzle(
        Wording.pick(random, Wording.PASSKEY_OPENINGS), List.of(new Clue(fact)), questions);
  }

  /**
   * A pass key, and facts of other kinds in equal shares, of fewer kinds if there are few facts.
   */
  private Puzzle mixed() {
    List<TaskKind> kinds = new ArrayList<>(MIXED);
    shuffle(kinds);
    kinds = kinds.subList(0, Math.min(keys, kinds.size()));
    Puzzles share = new Puzzles(random, keys / kinds.size(), queries, haystack);
    List<Puzzle> puzzles = new ArrayList<>();
    puzzles.add(passkey(random.nextInt(1, MOST_PASSKEY_QUESTIONS + 1)));
    kinds.forEach(kind -> puzzles.add(share.of(kind)));
    Puzzle all = Puzzle.together(puzzles, random);
    return new Puzzle(all.opening(), all.clues(), some(new ArrayList<>(all.questions())));
  }

  /** Every name has a value of its own. */
  private Puzzle named(List<String> attributes, Supplier<String> values) {
    String attribute = Wording.pick(random, attributes);
    List<String> names = names(keys);
    List<Clue> clues = new ArrayList<>();
    List<Question> questions = new ArrayList<>();
    for (String name : names) {
      String value = values.get();
      String question = Wording.pick(random, Wording.QUESTIONS);
      questions.add(Question.of(question, attribute, name, value, clues.size()));
      String fact = Wording.pick(random, Wording.FACTS);
      clues.add(new Clue(Wording.fill(fact, attribute, name, value)));
    }
    return new Puzzle(opening(attribute), clues, some(questions));
  }

  private String word() {
    return Wording.pick(random, Words.VALUES);
  }

  private Puzzle pairs() {
    List<Clue> clues = new ArrayList<>();
    List<Question> questions = new ArrayList<>();
    for (String name : names(keys)) {
      String value = word();
      questions.add(Question.of(Wording.PAIR, "", name, value, clues.size()));
      clues.add(new Clue(Wording.fill(Wording.PAIR, "", name, value)));
    }
    return new Puzzle("", clues, some(questions));
  }

  private Puzzle lists() {
    String attribute = Wording.pick(random, Wording.NUMBERS_NAMES);
    int digits = random.nextInt(3, 8);
    List<String> owners = new ArrayList<>();
    for (String name : names(Math.ceilDiv(keys, LONGEST_LIST - 1))) {
      owners.addAll(Collections.nCopies(random.nextInt(2, LONGEST_LIST + 1), name));
    }
    shuffle(owners);
    Map<String, List<String>> values = new LinkedHashMap<>();
    Map<String, Integer> last = new LinkedHashMap<>();
    List<Clue> clues = new ArrayList<>();
    for (String owner : owners) {
      String value = Keys.number(random, digits);
      values.computeIfAbsent(owner, _ -> new ArrayList<>()).add(value);
      last.put(owner, clues.size());
      String fact = Wording.pick(random, Wording.LIST_FACTS);
      clues.add(new Clue(Wording.fill(fact, attribute, owner, value)));
    }
    List<Question> questions = new ArrayList<>();
    last.forEach((owner, clue) -> {
      String question = Wording.pick(random, Wording.LIST_QUESTIONS);
      String answer = Wording.enumeration(values.getOrDefault(owner, List.of()));
      questions.add(Question.of(question, attribute, owner, answer, clue));
    });
    return new Puzzle(opening(attribute), clues, some(questions));
  }

  private Puzzle chains() {
    int digits = random.nextInt(3, 7);
    List<List<String>> chains = new ArrayList<>();
    List<Integer> turns = new ArrayList<>();
    Set<String> used = new HashSet<>();
    while (turns.size() < keys) {
      int length = random.nextInt(2, LONGEST_CHAIN + 1);
      turns.addAll(Collections.nCopies(length, chains.size()));
      chains.add(new ArrayList<>());
    }
    shuffle(turns);
    List<String> values = distinct(chains.size(), () -> Keys.number(random, digits));
    List<Clue> clues = new ArrayList<>();
    List<Question> questions = new ArrayList<>();
    int[] lastClue = new int[chains.size()];
    for (int turn : turns) {
      List<String> chain = chains.get(turn);
      String name = variable(used);
      String clue =
          chain.isEmpty()
              ? Wording.fill(Wording.pick(random, Wording.VALUES_SET), "", name, values.get(turn))
              : Wording.fill(
                  Wording.pick(random, Wording.VALUES_COPIED), "", name, chain.getLast());
      chain.add(name);
      String question = Wording.pick(random, Wording.VALUE_QUESTIONS);
      questions.add(Question.of(question, "", name, values.get(turn), clues.size()));
      lastClue[turn] = clues.size();
      clues.add(new Clue(clue));
    }
    for (int i = 0; i < chains.size(); i++) {
      String question = Wording.pick(random, Wording.HOLDER_QUESTIONS);
      String holders = Wording.enumeration(chains.get(i));
      questions.add(Question.of(question, "", values.get(i), holders, lastClue[i]));
    }
    return new Puzzle(opening("value"), clues, some(questions));
  }

  private Puzzle recall() {
    List<Clue> clues = new ArrayList<>();
    List<Question> questions = new ArrayList<>();
    Set<String> firsts = new HashSet<>();
    for (int attempt = 0; clues.size() < keys; attempt++) {
      // A small haystack has too few sentences.
      List<String> pair = attempt < 2 * keys ? sentences() : noise();
      if (!pair.getFirst().equals(pair.getLast()) && firsts.add(pair.getFirst())) {
        String question = Wording.pick(random, Wording.RECALL_QUESTIONS);
        questions.add(Question.of(question, "", pair.getFirst(), pair.getLast(), clues.size()));
        clues.add(new Clue(pair.getFirst() + " " + pair.getLast()));
      }
    }
    return new Puzzle("", clues, some(questions));
  }

  /** Two sentences of moderate length that follow one another in the haystack. */
  private List<String> sentences() {
    String text = haystack.text(random, PASSAGE);
    List<List<String>> pairs = new ArrayList<>();
    for (String paragraph : text.split("\n")) {
      String[] sentences = paragraph.strip().split("(?<=[.!?]) +");
      for (int i = 1; i < sentences.length; i++) {
        if (isQuotable(sentences[i - 1]) && isQuotable(sentences[i])) {
          pairs.add(List.of(sentences[i - 1], sentences[i]));
        }
      }
    }
    return pairs.isEmpty() ? noise() : Wording.pick(random, pairs);
  }

  private List<String> noise() {
    return List.of(NoiseHaystack.sentence(random), NoiseHaystack.sentence(random));
  }

  private static boolean isQuotable(String sentence) {
    return sentence.length() >= SHORTEST_SENTENCE
        && sentence.length() <= LONGEST_SENTENCE
        && sentence.indexOf('"') < 0
        && sentence.matches(".*[.!?]")
        && !sentence.contains("{");
  }

  private String opening(String attribute) {
    return Wording.fill(Wording.pick(random, Wording.OPENINGS), attribute, "", "");
  }

  /** A random choice of the questions, in random order. The list is shuffled. */
  private List<Question> some(List<Question> questions) {
    shuffle(questions);
    return List.copyOf(questions.subList(0, Math.min(queries, questions.size())));
  }

  private List<String> names(int count) {
    int style = random.nextInt(4);
    if (style == 0 && count <= Words.CITIES.size() / 2) {
      return distinct(count, () -> Wording.pick(random, Words.CITIES));
    }
    if (style == 1) {
      return distinct(
          count,
          () ->
              Wording.pick(random, Words.FIRST_NAMES)
                  + " "
                  + Wording.pick(random, Words.LAST_NAMES));
    }
    if (style == 2) {
      // As evaluations have them.
      return distinct(
          count,
          () -> Wording.pick(random, Words.ADJECTIVES) + "-" + Wording.pick(random, Words.THINGS));
    }
    return distinct(
        count,
        () ->
            "the "
                + Wording.pick(random, Words.ADJECTIVES)
                + " "
                + Wording.pick(random, Words.THINGS));
  }

  private String variable(Set<String> used) {
    String name;
    do {
      name = "" + (char) ('A' + random.nextInt(26)) + (char) ('A' + random.nextInt(26));
      name += random.nextInt(10);
    } while (!used.add(name));
    return name;
  }

  private static List<String> distinct(int count, Supplier<String> source) {
    Set<String> found = new LinkedHashSet<>();
    while (found.size() < count) {
      found.add(source.get());
    }
    return new ArrayList<>(found);
  }

  private void shuffle(List<?> list) {
    shuffle(list, random);
  }

  static void shuffle(List<?> list, SplittableRandom random) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, random.nextInt(i + 1));
    }
  }
}
