package dev.rwkvx.training.tasks;

import java.util.SplittableRandom;

/** Text in which facts are hidden. For any number of threads. */
public interface Haystack {
  /**
   * Some text of whole words.
   *
   * @param bytes its length in UTF-8, about
   */
  String text(SplittableRandom random, int bytes);
}
