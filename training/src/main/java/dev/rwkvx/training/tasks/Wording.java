package dev.rwkvx.training.tasks;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The sentences of tasks other than looking values up by name, with the blanks of {@link Phrases}.
 * None of them occurs in evaluations.
 */
final class Wording {
  private Wording() {}

  static final List<String> SINGLE_OPENINGS =
      List.of(
          "",
          "",
          "Somewhere in this text there is a {A}. Find it and remember it.",
          "The following pages hide a {A} between many other things. You will be asked for it.",
          "Read on, and keep the {A} in mind when you meet it.",
          "One sentence below gives a {A}; all the others do not matter.",
          "Look for the {A}. At the end it will be needed.");

  static final List<String> SINGLE_FACTS =
      List.of(
          "There is a {A} in this text: {V}.",
          "Please keep the {A} {V} in mind.",
          "One thing is to be remembered, the {A}. It reads {V}.",
          "The {A} is {V}. Do not lose it.",
          "A {A} was written here: {V}.",
          "Important: the {A} is {V}, and nothing else.",
          "Do not forget this: {V} is the {A}.",
          "Here is what you need to remember, the {A} {V}.",
          "The {A}, which will be asked for, is {V}.");

  static final List<String> SINGLE_QUESTIONS =
      List.of(
          "What is the {A}? It is {V}.",
          "Which {A} did the text give? It is {V}.",
          "The {A} above: {V}.",
          "Which {A} was mentioned? The {A} is {V}.",
          "Tell me the {A}. The {A} is {V}.",
          "Question: what was the {A}? Answer: {V}",
          "Now repeat the {A}: {V}.",
          "What was the {A} in the text? It was {V}.");

  static final List<String> SINGLE_NAMES =
      List.of(
          "hidden number",
          "secret code",
          "pin number",
          "key number",
          "lost number",
          "number of the safe",
          "winning number",
          "code to remember");

  static final List<String> OPENINGS =
      List.of(
          "",
          "",
          "",
          "The following text mentions some facts. Remember them.",
          "Between the lines of this text there are facts to remember.",
          "Read carefully: there will be questions.",
          "Some sentences below tell the {A} of something. Keep them in mind.");

  static final List<String> LIST_FACTS =
      List.of(
          "One of the {A} of {N} is {V}.",
          "One of the {A} for {N} is {V}.",
          "Among the {A} of {N} is {V}.",
          "Note that {V} is one of the {A} of {N}.",
          "As for {N}, one of the {A} is {V}.",
          "The {A} of {N} include {V}.");

  static final List<String> LIST_QUESTIONS =
      List.of(
          "What are all the {A} of {N}? They are {V}.",
          "What are all the {A} for {N} in the text? They are {V}.",
          "List the {A} of {N}. They are {V}.",
          "Question: which {A} does {N} have? Answer: {V}",
          "The {A} of {N}, in the order of the text, are {V}.");

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

  static final List<String> NUMBERS_NAMES =
      List.of("secret numbers", "lottery numbers", "door codes", "page numbers");

  static <T> T pick(SplittableRandom random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** A template with its blanks filled. */
  static String fill(String template, String attribute, String name, String value) {
    boolean begins = template.startsWith("{N}") && name.startsWith("the ");
    String filled = template.replace("{A}", attribute).replace("{N}", name).replace("{V}", value);
    return begins ? capitalised(filled) : filled;
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
