package dev.rwkvx.evaluation.recall;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.needle.Haystack;
import dev.rwkvx.evaluation.needle.Task;
import dev.rwkvx.training.tasks.Split;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What tests of recall ask for.
 *
 * @param haystack the text around
 * @param sentences of {@link Lookup}
 * @param keys names in a text of {@link Lookup}, each number a task of its own
 */
public record RecallTasks(Haystack haystack, Split sentences, List<Integer> keys) {
  /**
   * {@return tasks by the names under which they are reported}
   *
   * @param labels of {@link Lookup.Form} and {@link Babi.Kind}, and {@code babilong} for all of the
   *     latter
   * @throws InputException when there is no such task
   */
  public SequencedMap<String, Task> of(List<String> labels) {
    SequencedMap<String, Task> all = new LinkedHashMap<>();
    labels.forEach(label -> all.putAll(of(label)));
    return all;
  }

  private SequencedMap<String, Task> of(String label) {
    SequencedMap<String, Task> found = new LinkedHashMap<>();
    List<String> known = new ArrayList<>();
    for (Lookup.Form form : Lookup.Form.values()) {
      known.add(form.label());
      if (form.label().equals(label)) {
        keys.forEach(
            count -> found.put(label + "/" + count, new Lookup(haystack, form, sentences, count)));
      }
    }
    for (Babi.Kind kind : Babi.Kind.values()) {
      known.add(kind.label());
      if (kind.label().equals(label) || label.equals("babilong")) {
        found.put(kind.label(), new Babi(haystack, kind));
      }
    }
    if (found.isEmpty()) {
      throw new InputException(
          "--tasks has '%s'; expected some of %s, babilong"
              .formatted(label, String.join(", ", known)));
    }
    return found;
  }
}
