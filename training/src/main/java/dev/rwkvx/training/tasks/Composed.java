package dev.rwkvx.training.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Templates of {@link Phrases} that are put together at random. A model that has seen only a few
 * dozen fixed sentences looks values up in these sentences and in no others; from many thousands it
 * learns that the value of a name is what stands near it, however it is said.
 *
 * <p>Half of the sentences are English, half are names and values between words that mean nothing.
 * They share words with the sentences of evaluations, as all English does, but no sentence.
 */
final class Composed {
  /** Sentences of one kind in a document. */
  private static final int MOST = 6;

  private static final List<String> OPENINGS =
      List.of(
          "",
          "",
          "",
          "",
          "remember that ",
          "they say that ",
          "it is known that ",
          "in the letter it said that ",
          "nobody doubts that ",
          "a note on the wall said that ",
          "as far as we know, ",
          "for the record, ",
          "at last we heard that ",
          "in short, ",
          "one fact is certain: ",
          "as it happens, ",
          "in this story ",
          "since last year ",
          "do not forget: ",
          "to repeat it, ",
          "somewhere it is said that ",
          "in the end ",
          "number one on the page: ",
          "the old man knew that ",
          "between us, ",
          "today ");

  private static final List<String> IS =
      List.of(
          "is",
          "is",
          "is",
          "is",
          "was",
          "is:",
          "will be",
          "became",
          "remains",
          "equals",
          "had been",
          "seems to be",
          "must be",
          "would be",
          "stays",
          "is called",
          "is now",
          "is still",
          "is simply",
          "is exactly");

  private static final List<String> HAS =
      List.of(
          "has",
          "has",
          "had",
          "holds",
          "keeps",
          "received",
          "took",
          "bears",
          "wrote down",
          "carries",
          "knows",
          "needs",
          "owns",
          "picked",
          "shows",
          "found",
          "will get",
          "kept");

  private static final List<String> WHOSE =
      List.of(
          " of {N}",
          " of {N}",
          " of {N}",
          " for {N}",
          " for {N}",
          " that {N} has",
          " which belongs to {N}",
          " with {N}",
          " kept for {N}");

  private static final List<String> ENDINGS =
      List.of(
          ".", ".", ".", ".", ".", "!", ";", ", they say.", ", as we know.", ", of all things.");

  private static final List<String> ASKING =
      List.of(
          "what {is} the {A}{of}?",
          "what {is} the {A}{of}?",
          "what about the {A}{of}?",
          "the {A}{of}?",
          "tell us the {A}{of}.",
          "name the {A}{of}.",
          "do you know the {A}{of}?",
          "say the {A}{of}.",
          "which one {is} the {A}{of}?",
          "now for the {A}{of}.",
          "who knows the {A}{of}?",
          "repeat the {A}{of}.",
          "we look for the {A}{of}.",
          "question: the {A}{of}?",
          "it is asked: what {is} the {A}{of}?",
          "");

  private static final List<String> LEADS =
      List.of(
          "",
          "it {is} ",
          "the {A} {is} ",
          "the {A}{of} {is} ",
          "the {A}{of} {is} ",
          "the {A}{of}, as the text has it, {is} ",
          "answer: ",
          "reply: ",
          "yes, ",
          "sure, ",
          "that {is} ",
          "the text says ",
          "we read ",
          "easy: ",
          "I think it {is} ",
          "the {A}: ",
          "the {A}{of}: ",
          "here we have ",
          "as we heard, the {A}{of} {is} ",
          "well, it {is} ");

  private static final List<String> FILLERS =
      List.of(
          "and", "to", "in", "on", "with", "at", "by", "it", "that", "then", "there", "here", "so",
          "but", "as", "from", "this", "one", "all", "is", "are", "was", "or", "not", "if", "when",
          "more", "some", "two", "up", "out", "very", "just", "also", "today", "we", "you", "they");

  private static final List<String> NOUNS =
      List.of(
          "number", "number", "code", "key", "figure", "price", "total", "count", "size", "mark",
          "weight", "sign", "entry", "value", "word", "name", "result", "address", "page", "line");

  private final SplittableRandom random;

  Composed(SplittableRandom random) {
    this.random = random;
  }

  /** Something to tell of a name. */
  String attribute() {
    return pick(Words.ADJECTIVES) + " " + pick(NOUNS);
  }

  /** Templates that tell; {N} stands in them if {@code named}. */
  List<String> facts(boolean named) {
    return some(() -> random.nextBoolean() ? fact(named) : scattered(named, pick(ENDINGS)));
  }

  /** Templates that ask; {N} stands in them if {@code named}. */
  List<String> questions(boolean named) {
    return some(() -> random.nextBoolean() ? question(named) : scatteredQuestion(named));
  }

  private List<String> some(Supplier<String> source) {
    List<String> templates = new ArrayList<>();
    for (int i = random.nextInt(1, MOST + 1); i > 0; i--) {
      templates.add(source.get());
    }
    return templates;
  }

  private String fact(boolean named) {
    String core =
        switch (named ? random.nextInt(8) : 0) {
          case 1 -> "{N} {has} the {A} {V}";
          case 2 -> "{N} {has} {V} as {A}";
          case 3 -> "{N} {has} {V}";
          case 4 -> "{N}, whose {A} {is} {V}";
          case 5 -> "{V} {is} the {A}{of}";
          default -> "the {A}{of} {is} {V}";
        };
    return sentence(pick(OPENINGS) + core + pick(ENDINGS), named);
  }

  private String question(boolean named) {
    String asking = pick(ASKING);
    // Without a question the lead alone has to tell what is asked for.
    String lead = asking.isEmpty() ? "the {A}{of} {is} " : pick(LEADS);
    String end = random.nextInt(8) == 0 ? "" : ".";
    String first = asking.isEmpty() ? "" : sentence(asking, named) + " ";
    return first + sentence(lead + "{V}" + end, named);
  }

  /** A name, what is told of it and its value among words that mean nothing. */
  private String scattered(boolean named, String ending) {
    String name = named ? "{N}" + gap(3) : "";
    String attribute = !named || random.nextBoolean() ? " the {A}" + gap(2) : "";
    boolean nameFirst = random.nextInt(4) > 0;
    String subject = nameFirst ? name + attribute : attribute + " " + name;
    return sentence((gap(4) + " " + subject.strip()).strip() + " {V}" + gap(2) + ending, named);
  }

  private String scatteredQuestion(boolean named) {
    String name = named ? "{N}" + gap(3) : "the {A}" + gap(2);
    String mark = pick(List.of("?", "?", ":", ".", " -", ",", "...", " ="));
    return sentence((gap(4) + " " + name).strip() + mark + gap(3) + " {V}.", named);
  }

  /** Up to so many words, with a space before each. */
  private String gap(int most) {
    StringBuilder words = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      words.append(' ').append(pick(FILLERS));
    }
    return words.toString();
  }

  /** Fills in whose it is and the verbs, and begins with a capital unless a blank is first. */
  private String sentence(String text, boolean named) {
    String filled = text.replace("{of}", named ? pick(WHOSE) : "");
    filled = filled.replace("{is}", pick(IS)).replace("{has}", pick(HAS));
    return filled.startsWith("{") || random.nextInt(8) == 0 ? filled : Wording.capitalised(filled);
  }

  private <T> T pick(List<T> choices) {
    return Wording.pick(random, choices);
  }
}
