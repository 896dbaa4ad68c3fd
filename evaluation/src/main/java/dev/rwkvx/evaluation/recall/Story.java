package dev.rwkvx.evaluation.recall;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * People who move, take things along, leave them and hand them on, told in the sentences of bAbI
 * (arXiv 1502.05698). It changes with every event.
 */
final class Story {
  static final List<String> PLACES =
      List.of("bathroom", "bedroom", "garden", "hallway", "kitchen", "office");
  private static final List<String> THINGS = List.of("apple", "football", "milk");
  private static final List<String> MOVED =
      List.of("moved to", "went to", "went back to", "journeyed to", "travelled to");
  private static final List<String> TOOK = List.of("took", "got", "grabbed", "picked up");
  private static final List<String> LEFT = List.of("dropped", "left", "discarded", "put down");
  private static final List<String> GAVE = List.of("gave", "handed", "passed");

  /** A thing changes hands. */
  record Gift(String giver, String thing, String receiver) {}

  /** A person and a place, or a thing and one; {@code before} is where it was then. */
  record Stay(String who, String place, String before) {}

  private final SplittableRandom random;
  private final List<String> people;
  private final List<String> sentences = new ArrayList<>();
  private final Map<String, String> placeOf = new LinkedHashMap<>();
  private final Map<String, String> holderOf = new LinkedHashMap<>();
  private final Map<String, List<String>> trailOf = new LinkedHashMap<>();
  private Optional<Gift> lastGift = Optional.empty();

  Story(List<String> people, SplittableRandom random) {
    this.people = people;
    this.random = random;
  }

  static <T> T pick(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }

  private <T> T pick(List<T> choices) {
    return pick(choices, random);
  }

  /** What was told so far. */
  List<String> sentences() {
    return sentences;
  }

  /** Someone goes elsewhere, with all that he carries. */
  void move() {
    String who = pick(people);
    String to = pick(PLACES.stream().filter(place -> !place.equals(placeOf.get(who))).toList());
    sentences.add("%s %s the %s.".formatted(who, pick(MOVED), to));
    placeOf.put(who, to);
    holderOf.forEach((thing, holder) -> {
      if (holder.equals(who)) {
        trail(thing, to);
      }
    });
  }

  /** Someone whose place is known takes what nobody carries and is not known to be elsewhere. */
  void take() {
    List<String> free = THINGS.stream().filter(thing -> !holderOf.containsKey(thing)).toList();
    if (free.isEmpty() || placeOf.isEmpty()) {
      move();
      return;
    }
    String thing = pick(free);
    List<String> near =
        placeOf.entrySet().stream()
            .filter(entry -> isWithin(thing, entry.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    if (near.isEmpty()) {
      move();
      return;
    }
    String who = pick(near);
    sentences.add("%s %s the %s there.".formatted(who, pick(TOOK), thing));
    holderOf.put(thing, who);
    trail(thing, placeOf.getOrDefault(who, ""));
  }

  private boolean isWithin(String thing, String place) {
    List<String> trail = trailOf.get(thing);
    return trail == null || trail.getLast().equals(place);
  }

  private void trail(String thing, String place) {
    List<String> trail = trailOf.computeIfAbsent(thing, _ -> new ArrayList<>());
    if (trail.isEmpty() || !trail.getLast().equals(place)) {
      trail.add(place);
    }
  }

  /** Someone puts down what he carries. */
  void leave() {
    if (holderOf.isEmpty()) {
      take();
      return;
    }
    String thing = pick(List.copyOf(holderOf.keySet()));
    sentences.add("%s %s the %s.".formatted(holderOf.remove(thing), pick(LEFT), thing));
  }

  /** Someone hands over what he carries. The other is then where he is, which is not told. */
  void give() {
    if (holderOf.isEmpty()) {
      take();
      return;
    }
    String thing = pick(List.copyOf(holderOf.keySet()));
    String giver = holderOf.getOrDefault(thing, "");
    String receiver = pick(people.stream().filter(who -> !who.equals(giver)).toList());
    sentences.add("%s %s the %s to %s.".formatted(giver, pick(GAVE), thing, receiver));
    holderOf.put(thing, receiver);
    placeOf.put(receiver, placeOf.getOrDefault(giver, ""));
    lastGift = Optional.of(new Gift(giver, thing, receiver));
  }

  /** Someone whose place is known. */
  Optional<Stay> person() {
    return one(
        placeOf.entrySet().stream()
            .map(entry -> new Stay(entry.getKey(), entry.getValue(), ""))
            .toList());
  }

  /** A thing that was in as many places at least, and in the last of them only once. */
  Optional<Stay> thing(int places) {
    return one(
        trailOf.entrySet().stream()
            .filter(entry -> entry.getValue().size() >= places)
            .filter(entry -> isOnce(entry.getValue().getLast(), entry.getValue()) || places == 1)
            .map(entry -> {
              List<String> trail = entry.getValue();
              String before = places > 1 ? trail.get(trail.size() - 2) : "";
              return new Stay(entry.getKey(), trail.getLast(), before);
            })
            .toList());
  }

  private static boolean isOnce(String place, List<String> trail) {
    return trail.indexOf(place) == trail.lastIndexOf(place);
  }

  /** The last time that something changed hands. */
  Optional<Gift> lastGift() {
    return lastGift;
  }

  private Optional<Stay> one(List<Stay> stays) {
    return stays.isEmpty() ? Optional.empty() : Optional.of(pick(stays));
  }
}
