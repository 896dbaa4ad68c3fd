package dev.rwkvx.server.grammar;

import dev.rwkvx.server.grammar.Form.Bytes;
import dev.rwkvx.server.grammar.Form.Choice;
import dev.rwkvx.server.grammar.Form.Reference;
import dev.rwkvx.server.grammar.Form.Repeat;
import dev.rwkvx.server.grammar.Form.Sequence;
import dev.rwkvx.server.grammar.Form.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;

/**
 * The least bytes that texts of forms have. Forms may contain themselves, so they are settled in
 * the order of their lengths, the shortest first, each once: what is longer cannot make a shorter
 * one (Knuth, A generalization of Dijkstra's algorithm, 1977). Does not change any more once made.
 */
final class Leasts {
  /** More bytes than any text has. */
  static final long ENDLESS = 1L << 40;

  private final IdentityHashMap<Form, Long> leasts = new IdentityHashMap<>();

  /** For each sequence, the least bytes of its parts from one on. */
  private final IdentityHashMap<Sequence, long[]> rests = new IdentityHashMap<>();

  // While forms are settled.
  private final IdentityHashMap<Form, List<Form>> users = new IdentityHashMap<>();
  private final IdentityHashMap<Form, Integer> unsettled = new IdentityHashMap<>();
  private final PriorityQueue<Found> found = new PriorityQueue<>();

  /** A length that a form can have. */
  private record Found(long least, Form form) implements Comparable<Found> {
    @Override
    public int compareTo(Found other) {
      return Long.compare(least, other.least);
    }
  }

  /** Settles a form and all that it contains. */
  Leasts(Form root) {
    Deque<Form> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Form form = open.pop();
      if (unsettled.containsKey(form)) {
        continue;
      }
      List<Form> parts = needed(form);
      unsettled.put(form, parts.size());
      for (Form part : parts) {
        users.computeIfAbsent(part, _ -> new ArrayList<>()).add(form);
        open.push(part);
      }
      if (form instanceof Repeat repeat) {
        // Its length may not depend on what it repeats; what follows a text does.
        open.push(repeat.form());
      }
      if (parts.isEmpty() && !(form instanceof Choice)) {
        found.add(new Found(length(form), form));
      }
    }
    settle();
    for (Form form : unsettled.keySet()) {
      if (form instanceof Sequence sequence) {
        rests.put(sequence, rests(sequence));
      }
    }
    users.clear();
    unsettled.clear();
  }

  /** The parts on whose lengths that of a form depends. */
  private static List<Form> needed(Form form) {
    return switch (form) {
      case Bytes _, Words _ -> List.of();
      case Sequence sequence -> sequence.parts();
      case Choice choice -> choice.alternatives();
      case Repeat repeat -> repeat.fewest() == 0 ? List.of() : List.of(repeat.form());
      case Reference reference -> List.of(reference.target());
    };
  }

  private void settle() {
    for (Found next = found.poll(); next != null; next = found.poll()) {
      if (leasts.putIfAbsent(next.form, next.least) != null) {
        continue;
      }
      for (Form user : users.getOrDefault(next.form, List.of())) {
        int left = unsettled.merge(user, -1, Integer::sum);
        if (user instanceof Choice) {
          // Its shortest alternative is the one that is settled first.
          found.add(new Found(next.least, user));
        } else if (left == 0) {
          found.add(new Found(length(user), user));
        }
      }
    }
  }

  /** From the lengths of all parts. */
  private long length(Form form) {
    long least =
        switch (form) {
          case Bytes _ -> 1;
          case Words words -> words.shortest(0, words.count());
          case Sequence sequence -> sequence.parts().stream().mapToLong(this::of).sum();
          case Choice choice ->
              choice.alternatives().stream().mapToLong(this::of).min().orElse(ENDLESS);
          case Repeat repeat -> repeat.fewest() == 0 ? 0 : repeat.fewest() * of(repeat.form());
          case Reference reference -> of(reference.target());
        };
    return Math.min(least, ENDLESS);
  }

  /** The least bytes of a text of this form; {@link #ENDLESS} when there is none. */
  long of(Form form) {
    return leasts.getOrDefault(form, ENDLESS);
  }

  /** The least bytes of the parts of a sequence from one on. */
  long of(Sequence sequence, int from) {
    return Objects.requireNonNull(rests.get(sequence))[from];
  }

  private long[] rests(Sequence sequence) {
    List<Form> parts = sequence.parts();
    long[] rests = new long[parts.size() + 1];
    for (int i = parts.size() - 1; i >= 0; i--) {
      rests[i] = Math.min(of(parts.get(i)) + rests[i + 1], ENDLESS);
    }
    return rests;
  }
}
