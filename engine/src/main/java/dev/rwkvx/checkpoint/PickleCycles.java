package dev.rwkvx.checkpoint;

import dev.rwkvx.checkpoint.PickleValue.Dictionary;
import dev.rwkvx.checkpoint.PickleValue.Sequence;
import dev.rwkvx.io.ByteSource;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Stream;

/** Finds containers that contain themselves, by a depth-first search with its own stack. */
final class PickleCycles {
  private record Visit(PickleValue container, Iterator<PickleValue> members) {}

  private PickleCycles() {}

  static void refuse(PickleValue root, ByteSource source) {
    Set<PickleValue> open = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<PickleValue> done = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Visit> path = new ArrayDeque<>();
    PickleValue next = root;
    while (true) {
      if (isContainer(next) && !done.contains(next)) {
        if (!open.add(next)) {
          throw source.error("its pickle has a list or dictionary that contains itself");
        }
        path.push(new Visit(next, members(next)));
      }
      while (!path.isEmpty() && !path.peek().members.hasNext()) {
        PickleValue finished = path.pop().container;
        open.remove(finished);
        done.add(finished);
      }
      if (path.isEmpty()) {
        return;
      }
      next = path.peek().members.next();
    }
  }

  private static boolean isContainer(PickleValue value) {
    return value instanceof Sequence || value instanceof Dictionary;
  }

  private static Iterator<PickleValue> members(PickleValue container) {
    return switch (container) {
      case Sequence sequence -> sequence.items.iterator();
      case Dictionary dictionary ->
          Stream.concat(dictionary.named.values().stream(), dictionary.unnamed.stream()).iterator();
      default -> Collections.emptyIterator();
    };
  }
}
