package dev.rwkvx.training.tasks;

import java.util.SplittableRandom;

/** Text in which facts are hidden. For any number of threads. */
public interface Haystack {
  /** No text: documents are facts and questions alone. */
  Haystack NONE = (_, _) -> "";

  /**
   * Some text of whole words.
   *
   * @param random the source of all that is random
   * @param bytes its length in UTF-8, about
   * @return whole words, about that long
   */
  String text(SplittableRandom random, int bytes);
}
