package dev.rwkvx.training.run;

import java.nio.file.Path;

/** Hears how a run goes, on the thread that trains. */
public interface RunListener {
  /** Before the first step. */
  default void started(RunPlan plan) {}

  /** After every step. */
  default void step(StepMetrics metrics) {}

  /** A checkpoint or the model was written. */
  default void saved(Path file) {}

  /** Something that a person should know but that does not stop the run; one sentence. */
  default void warning(String sentence) {}
}
