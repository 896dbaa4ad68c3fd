package dev.rwkvx.training.tasks;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The sentences that tell facts and ask for them. In a template, A is what is told (a secret
 * number), N whose it is (Oslo), and V the value. In a question V comes once and is the answer.
 */
final class Wording {
  private Wording() {}

  /** How models are asked for the pass key in evaluations. */
  static final String OFFICIAL_QUESTION = "What is the pass key? The pass key is {V}.";

  static final List<String> PASSKEY_OPENINGS =
      List.of(
          "",
          "",
          "Somewhere in this text there is a pass key. Find it and remember it.",
          "The following pages hide a pass key between many other things. You will be asked for"
              + " it.",
          "Read on, and keep the pass key in mind when you meet it.",
          "One sentence below gives a pass key; all the others do not matter.",
          "Look for the pass key. At the end it will be needed.");

  static final List<String> PASSKEY_FACTS =
      List.of(
          "The pass key is {V}. Remember it. {V} is the pass key.",
          "There is a pass key in this text: {V}.",
          "Please keep the pass key {V} in mind.",
          "Remember the pass key. The pass key is {V}.",
          "Important: the pass key is {V}, and nothing else.",
          "Do not forget this: {V} is the pass key.",
          "Here is what you need to remember, the pass key {V}.",
          "The pass key, which will be asked for, is {V}.");

  static final List<String> PASSKEY_QUESTIONS =
      List.of(
          OFFICIAL_QUESTION,
          OFFICIAL_QUESTION,
          "What is the pass key? It is {V}.",
          "Which pass key was mentioned? The pass key is {V}.",
          "Tell me the pass key. The pass key is {V}.",
          "Question: what was the pass key? Answer: {V}",
          "Now repeat the pass key: {V}.",
          "What was the pass key in the text? It was {V}.");

  static final List<String> OPENINGS =
      List.of(
          "",
          "",
          "",
          "The following text mentions some facts. Remember them.",
          "Between the lines of this text there are facts to remember.",
          "Read carefully: there will be questions.",
          "Some sentences below tell the {A} of something. Keep them in mind.");

  static final List<String> FACTS =
      List.of(
          "The {A} of {N} is {V}.",
          "The {A} for {N} is {V}.",
          "Remember that the {A} of {N} is {V}.",
          "Note that {V} is the {A} of {N}.",
          "As for {N}, the {A} is {V}.",
          "It was written down that the {A} of {N} is {V}.",
          "To remember: {V} is the {A} that belongs to {N}.",
          "For {N}, the {A} has been set to {V}.",
          "Whoever asks about {N} should be told the {A}, which is {V}.",
          "One more fact: the {A} of {N} is {V}.",
          "If anyone needs the {A} of {N}, it is {V}.",
          "Concerning {N}: {A} {V}.",
          "One of the special {A}s for {N} is: {V}.");

  static final List<String> QUESTIONS =
      List.of(
          "What is the {A} of {N}? It is {V}.",
          "What is the {A} of {N}? The {A} of {N} is {V}.",
          "What is the {A} for {N}? The {A} for {N} is {V}.",
          "Which {A} belongs to {N}? The {A} is {V}.",
          "Question: what is the {A} of {N}? Answer: {V}",
          "Q: What is the {A} of {N}? A: {V}",
          "Now recall the {A} of {N}: {V}.",
          "The {A} of {N}, mentioned in the text, is {V}.",
          "Tell me the {A} of {N}. The {A} of {N} is {V}.",
          "As the text says, the {A} of {N} is {V}.",
          "What is the special {A} for {N} mentioned in the provided text? The special {A} for {N}"
              + " mentioned in the provided text is {V}.");

  static final String PAIR = "{N}: {V}.";

  static final List<String> LIST_FACTS =
      List.of(
          "One of the {A} of {N} is {V}.",
          "One of the {A} for {N} is {V}.",
          "Among the {A} of {N} is {V}.",
          "Note that {V} is one of the {A} of {N}.",
          "As for {N}, one of the {A} is {V}.",
          "The {A} of {N} include {V}.",
          "One of the special {A} for {N} is: {V}.");

  static final List<String> LIST_QUESTIONS =
      List.of(
          "What are all the {A} of {N}? They are {V}.",
          "What are all the {A} for {N} in the text? They are {V}.",
          "List the {A} of {N}. They are {V}.",
          "Question: which {A} does {N} have? Answer: {V}",
          "The {A} of {N}, in the order of the text, are {V}.",
          "What are all the special {A} for {N} mentioned in the provided text? The special {A} for"
              + " {N} mentioned in the provided text are {V}.");

  static final List<String> VALUES_SET =
      List.of(
          "Let {N} be {V}.",
          "{N} is set to {V}.",
          "The variable {N} has the value {V}.",
          "We write {N} = {V}.",
          "At first {N} holds {V}.");

  static final List<String> VALUES_COPIED =
      List.of(
          "Let {N} be the same as {V}.",
          "{N} is equal to {V}.",
          "{N} gets the value of {V}.",
          "We write {N} = {V}.",
          "Then {N} takes the value of {V}.");

  static final List<String> VALUE_QUESTIONS =
      List.of(
          "What is the value of {N}? It is {V}.",
          "Which value does {N} have? The value of {N} is {V}.",
          "Question: what is {N}? Answer: {V}",
          "The value of {N} is {V}.",
          "Follow the variables: {N} is {V}.");

  static final List<String> HOLDER_QUESTIONS =
      List.of(
          "Which variables have the value {N}? They are {V}.",
          "List all variables that hold {N}. They are {V}.",
          "Question: which variables are {N}? Answer: {V}");

  static final List<String> RECALL_QUESTIONS =
      List.of(
          "What came right after \"{N}\"? \"{V}\"",
          "After the sentence \"{N}\" the text goes on: \"{V}\"",
          "Which sentence follows \"{N}\" in the text? It is \"{V}\"",
          "Repeat what stood behind \"{N}\": \"{V}\"");

  static final List<String> NUMBER_NAMES =
      List.of(
          "secret number",
          "account number",
          "door code",
          "lucky number",
          "telephone number",
          "registration number",
          "magic number",
          "locker number",
          "badge number",
          "room number");

  static final List<String> NUMBERS_NAMES =
      List.of("secret numbers", "magic numbers", "lottery numbers", "door codes", "page numbers");

  static final List<String> WORD_NAMES =
      List.of("password", "watchword", "nickname", "secret word", "code word", "motto");

  static final List<String> UUID_NAMES =
      List.of("identifier", "session key", "serial key", "token", "UUID", "fingerprint");

  static <T> T pick(SplittableRandom random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** A template with its blanks filled, its first letter large if a name stands there. */
  static String fill(String template, String attribute, String name, String value) {
    String filled = template.replace("{A}", attribute).replace("{N}", name).replace("{V}", value);
    return template.startsWith("{N}") ? capitalised(filled) : filled;
  }

  /** "a", "a and b", "a, b, and c". */
  static String enumeration(List<String> values) {
    int last = values.size() - 1;
    return switch (values.size()) {
      case 1 -> values.getFirst();
      case 2 -> values.getFirst() + " and " + values.getLast();
      default -> String.join(", ", values.subList(0, last)) + ", and " + values.get(last);
    };
  }

  static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
