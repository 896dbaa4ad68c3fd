package dev.rwkvx.training.run;

import java.nio.file.Path;

/** Hears how a run goes, on the thread that trains. */
public interface RunListener {
  /**
   * Before the first step.
   *
   * @param plan what the run will do
   */
  default void started(RunPlan plan) {}

  /**
   * After every step.
   *
   * @param metrics of the step
   */
  default void step(StepMetrics metrics) {}

  /**
   * A checkpoint or the model was written.
   *
   * @param file the file, which is complete
   */
  default void saved(Path file) {}

  /**
   * Something that a person should know but that does not stop the run; one sentence.
   *
   * @param sentence for a terminal
   */
  default void warning(String sentence) {}
}
