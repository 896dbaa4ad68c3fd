package dev.rwkvx.training.tasks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The sentences that tell the values of names and ask for them. In a template {A} is what is told
 * (a secret number), {N} whose it is (Oslo), and {V} the value, which a question has once.
 *
 * @param facts templates that tell
 * @param questions templates that ask
 * @param pairs the shortest templates, which tell and ask alike
 * @param attributes what is told, by the kind of its values
 */
public record Phrases(
    List<String> facts,
    List<String> questions,
    List<String> pairs,
    Map<ValueKind, List<String>> attributes) {

  /**
   * {@return the sentences that may be used}
   *
   * @param split for documents to train on, or for evaluations
   */
  public static Phrases of(Split split) {
    Map<ValueKind, List<String>> attributes = new EnumMap<>(ValueKind.class);
    for (ValueKind kind : ValueKind.values()) {
      attributes.put(
          kind, split == Split.TRAINING ? trainingAttributes(kind) : heldOutAttributes(kind));
    }
    return split == Split.TRAINING
        ? new Phrases(FACTS, QUESTIONS, PAIRS, attributes)
        : new Phrases(HELD_OUT_FACTS, HELD_OUT_QUESTIONS, HELD_OUT_PAIRS, attributes);
  }

  /**
   * {@return what is told of values of a kind}
   *
   * @param kind of the values
   */
  public List<String> attributes(ValueKind kind) {
    return attributes.getOrDefault(kind, List.of());
  }

  /**
   * {@return a template with its blanks filled}
   *
   * @param template a sentence with blanks
   * @param attribute for {A}
   * @param name for {N}
   * @param value for {V}
   */
  public static String fill(String template, String attribute, String name, String value) {
    return Wording.fill(template, attribute, name, value);
  }

  private static List<String> trainingAttributes(ValueKind kind) {
    return switch (kind) {
      case NUMBERS ->
          List.of(
              "secret number",
              "account number",
              "door code",
              "lucky number",
              "telephone number",
              "registration number",
              "locker number",
              "badge number",
              "room number",
              "order number",
              "combination",
              "score");
      case WORDS ->
          List.of(
              "password",
              "watchword",
              "nickname",
              "secret word",
              "code word",
              "motto",
              "emblem",
              "favorite word");
      case CODES ->
          List.of("access code", "serial code", "licence plate", "product code", "call sign");
      case UUIDS ->
          List.of("identifier", "session key", "serial key", "token", "UUID", "fingerprint");
    };
  }

  private static List<String> heldOutAttributes(ValueKind kind) {
    return switch (kind) {
      case NUMBERS -> List.of("vault number", "ticket number", "house number", "membership number");
      case WORDS -> List.of("countersign", "pet name", "label", "magic word");
      case CODES -> List.of("booking code", "voucher code", "flight code");
      case UUIDS -> List.of("digest", "transaction id", "magic uuid");
    };
  }

  private static final List<String> FACTS =
      List.of(
          "The {A} of {N} is {V}.",
          "The {A} of {N} is {V}.",
          "The {A} for {N} is {V}.",
          "The {A} of {N} was {V}.",
          "The {A} of {N}: {V}.",
          "{N} has the {A} {V}.",
          "{N} was given the {A} {V}.",
          "{N} uses {V} as {A}.",
          "{N}: {V}.",
          "{N}, {A} {V}.",
          "{N} ({A} {V}).",
          "For {N}, remember {V}.",
          "For {N}, the {A} has been set to {V}.",
          "For {N} it is {V}.",
          "As for {N}, the {A} is {V}.",
          "With {N} goes the {A} {V}.",
          "To {N} belongs {V}.",
          "Concerning {N}: {A} {V}.",
          "Remember that the {A} of {N} is {V}.",
          "It was written down that the {A} of {N} is {V}.",
          "Whoever asks about {N} should be told the {A}, which is {V}.",
          "One more fact: the {A} of {N} is {V}.",
          "If anyone needs the {A} of {N}, it is {V}.",
          "We know the {A} of {N}; it is {V}.",
          "In the list, {N} stands beside {V}.",
          "They gave {N} the {A} {V}.",
          "Somebody told me that the {A} of {N} is {V}.",
          "The clerk wrote: {N}, {V}.",
          "Please note for {N} the {A} {V}.",
          "When you meet {N}, say {V}.",
          "Note that {V} is the {A} of {N}.",
          "To remember: {V} is the {A} that belongs to {N}.");

  private static final List<String> QUESTIONS =
      List.of(
          "What is the {A} of {N}? It is {V}.",
          "What is the {A} of {N}? The {A} of {N} is {V}.",
          "What is the {A} for {N}? The {A} for {N} is {V}.",
          "What was the {A} of {N}? {V}.",
          "Which {A} belongs to {N}? The {A} is {V}.",
          "Which {A} does {N} have? {N} has the {A} {V}.",
          "Question: what is the {A} of {N}? Answer: {V}",
          "Q: What is the {A} of {N}? A: {V}",
          "Q: {N}? A: {V}",
          "Now recall the {A} of {N}: {V}.",
          "{N}: {V}.",
          "{N}? {V}.",
          "And {N}? {V}.",
          "The {A} of {N}, mentioned above, is {V}.",
          "Tell me the {A} of {N}. The {A} of {N} is {V}.",
          "As was said, the {A} of {N} is {V}.",
          "What did we learn about {N}? The {A} is {V}.",
          "Do you remember {N}? Yes, the {A} is {V}.",
          "Look up {N}: the {A} is {V}.",
          "Somebody asks for the {A} of {N}. Say {V}.",
          "What goes with {N}? {V}.",
          "Fill in the {A} of {N}: {V}.");

  private static final List<String> PAIRS =
      List.of(
          "{N}: {V}.", "{N} = {V}.", "{N} -> {V}", "{N}, {V};", "{N} - {V}.", "\"{N}\": \"{V}\",");

  private static final List<String> HELD_OUT_FACTS =
      List.of(
          "Everyone agreed that {N} should have {V} as the {A}.",
          "By the way, {N} got the {A} {V}.",
          "The {A} that was chosen for {N} is {V}.",
          "In our records the {A} of {N} reads {V}.",
          "{N} answers to the {A} {V}.",
          "Under {N} we find the {A} {V}.",
          "Let it be known that for {N} the {A} is {V}.",
          "About {N} one must know the {A}, namely {V}.");

  private static final List<String> HELD_OUT_QUESTIONS =
      List.of(
          "Can you name the {A} of {N}? Of course, the {A} of {N} is {V}.",
          "Which {A} was recorded for {N}? For {N} it was {V}.",
          "I forgot the {A} of {N}. It must be {V}.",
          "Please give the {A} of {N}. Here it is: {V}.",
          "User: What {A} has {N}? Assistant: {V}.",
          "According to the text, the {A} of {N} is {V}.");

  private static final List<String> HELD_OUT_PAIRS =
      List.of("{N} | {V} |", "{N} => {V}.", "<{N}> {V}.");
}
