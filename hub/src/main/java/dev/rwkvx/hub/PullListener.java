package dev.rwkvx.hub;

/** Hears how a pull goes. */
public interface PullListener {
  /**
   * A file came forward.
   *
   * @param step what is done with which file
   * @param start bytes that were there when the step began
   * @param done bytes that are there now
   * @param size bytes in all
   */
  void progress(String step, long start, long done, long size);

  /**
   * Something that the user may want to know, in words.
   *
   * @param sentence for a terminal, without a line end
   */
  void note(String sentence);
}
