package dev.rwkvx.training.tasks;

import dev.rwkvx.training.tasks.Puzzle.Asked;
import dev.rwkvx.training.tasks.Puzzle.Clue;
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
 * @param haystack gives the sentences to recall
 */
record Puzzles(SplittableRandom random, int keys, Haystack haystack) {
  private static final int LONGEST_LIST = 4;
  private static final int LONGEST_CHAIN = 5;
  private static final int SHORTEST_SENTENCE = 20;
  private static final int LONGEST_SENTENCE = 160;
  private static final int PASSAGE = 2_000;
  private static final Phrases PHRASES = Phrases.of(Split.TRAINING);
  private static final List<TaskKind> MIXED =
      List.of(TaskKind.NUMBERS, TaskKind.WORDS, TaskKind.LISTS);

  Puzzle of(TaskKind kind) {
    return switch (kind) {
      case PASSKEY -> single();
      case NUMBERS -> named(ValueKind.NUMBERS);
      case WORDS -> named(ValueKind.WORDS);
      case CODES -> named(ValueKind.CODES);
      case UUIDS -> named(ValueKind.UUIDS);
      case PAIRS -> pairs();
      case LISTS -> lists();
      case CHAINS -> chains();
      case RECALL -> recall();
      case MIXED -> mixed();
    };
  }

  private Puzzle single() {
    String key = ValueKind.NUMBERS.draw(Split.TRAINING, random).get();
    boolean fixed = random.nextBoolean();
    Composed composed = new Composed(random);
    String attribute = fixed ? Wording.pick(random, Wording.SINGLE_NAMES) : composed.attribute();
    List<String> facts = fixed ? Wording.SINGLE_FACTS : composed.facts(false);
    List<String> questions = fixed ? Wording.SINGLE_QUESTIONS : composed.questions(false);
    String fact = Wording.fill(Wording.pick(random, facts), attribute, "", key);
    Asked asked = new Asked(questions, attribute, "", key, 0);
    String opening = Wording.pick(random, Wording.SINGLE_OPENINGS);
    return new Puzzle(
        Wording.fill(opening, attribute, "", ""), List.of(new Clue(fact)), List.of(asked));
  }

  /** A single number, and facts of other kinds in equal shares, of fewer kinds if there are few. */
  private Puzzle mixed() {
    List<TaskKind> kinds = new ArrayList<>(MIXED);
    shuffle(kinds);
    kinds = kinds.subList(0, Math.min(keys, kinds.size()));
    Puzzles share = new Puzzles(random, keys / kinds.size(), haystack);
    List<Puzzle> puzzles = new ArrayList<>();
    puzzles.add(single());
    kinds.forEach(kind -> puzzles.add(share.of(kind)));
    return Puzzle.together(puzzles, random);
  }

  /** Every name has a value of its own; a third of the documents tell it in fixed sentences. */
  private Puzzle named(ValueKind kind) {
    Composed composed = new Composed(random);
    boolean fixed = random.nextInt(3) == 0;
    String attribute =
        fixed || random.nextBoolean()
            ? Wording.pick(random, PHRASES.attributes(kind))
            : composed.attribute();
    List<String> facts = fixed ? PHRASES.facts() : composed.facts(true);
    List<String> questions = fixed ? PHRASES.questions() : composed.questions(true);
    return named(kind, facts, questions, attribute, opening(attribute));
  }

  private Puzzle pairs() {
    List<String> pair = List.of(Wording.pick(random, PHRASES.pairs()));
    return named(Wording.pick(random, List.of(ValueKind.values())), pair, pair, "", "");
  }

  private Puzzle named(
      ValueKind kind,
      List<String> facts,
      List<String> questions,
      String attribute,
      String opening) {
    Supplier<String> values = kind.draw(Split.TRAINING, random);
    List<Clue> clues = new ArrayList<>();
    List<Asked> asked = new ArrayList<>();
    for (String name : Names.draw(keys, Split.TRAINING, random)) {
      String value = values.get();
      asked.add(new Asked(questions, attribute, name, value, clues.size()));
      clues.add(new Clue(Wording.fill(Wording.pick(random, facts), attribute, name, value)));
    }
    return new Puzzle(opening, clues, asked);
  }

  private Puzzle lists() {
    String attribute = Wording.pick(random, Wording.NUMBERS_NAMES);
    Supplier<String> numbers = ValueKind.NUMBERS.draw(Split.TRAINING, random);
    List<String> owners = new ArrayList<>();
    for (String name : Names.draw(Math.ceilDiv(keys, LONGEST_LIST - 1), Split.TRAINING, random)) {
      owners.addAll(Collections.nCopies(random.nextInt(2, LONGEST_LIST + 1), name));
    }
    shuffle(owners);
    Map<String, List<String>> values = new LinkedHashMap<>();
    Map<String, Integer> last = new LinkedHashMap<>();
    List<Clue> clues = new ArrayList<>();
    for (String owner : owners) {
      String value = numbers.get();
      values.computeIfAbsent(owner, _ -> new ArrayList<>()).add(value);
      last.put(owner, clues.size());
      String fact = Wording.pick(random, Wording.LIST_FACTS);
      clues.add(new Clue(Wording.fill(fact, attribute, owner, value)));
    }
    List<Asked> asked = new ArrayList<>();
    last.forEach((owner, clue) -> {
      String answer = Wording.enumeration(values.getOrDefault(owner, List.of()));
      asked.add(new Asked(Wording.LIST_QUESTIONS, attribute, owner, answer, clue));
    });
    return new Puzzle(opening(attribute), clues, asked);
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
    List<String> values = distinct(chains.size(), () -> number(digits));
    List<Clue> clues = new ArrayList<>();
    List<Asked> asked = new ArrayList<>();
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
      asked.add(new Asked(Wording.VALUE_QUESTIONS, "", name, values.get(turn), clues.size()));
      lastClue[turn] = clues.size();
      clues.add(new Clue(clue));
    }
    for (int i = 0; i < chains.size(); i++) {
      String holders = Wording.enumeration(chains.get(i));
      asked.add(new Asked(Wording.HOLDER_QUESTIONS, "", values.get(i), holders, lastClue[i]));
    }
    return new Puzzle(opening("value"), clues, asked);
  }

  private Puzzle recall() {
    List<Clue> clues = new ArrayList<>();
    List<Asked> asked = new ArrayList<>();
    Set<String> firsts = new HashSet<>();
    for (int attempt = 0; clues.size() < keys; attempt++) {
      // A small haystack has too few sentences.
      List<String> pair = attempt < 2 * keys ? sentences() : noise();
      if (!pair.getFirst().equals(pair.getLast()) && firsts.add(pair.getFirst())) {
        asked.add(
            new Asked(Wording.RECALL_QUESTIONS, "", pair.getFirst(), pair.getLast(), clues.size()));
        clues.add(new Clue(pair.getFirst() + " " + pair.getLast()));
      }
    }
    return new Puzzle("", clues, asked);
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

  /** A number for a chain, which is asked for by its value: never short. */
  private String number(int digits) {
    String number;
    do {
      number = ValueKind.NUMBERS.any(random, digits);
    } while (Split.of(Long.parseLong(number)) != Split.TRAINING);
    return number;
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
