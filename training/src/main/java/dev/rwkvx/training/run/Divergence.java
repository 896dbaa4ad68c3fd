package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.training.Parameters;
import java.util.function.Predicate;

/** A run whose weights or losses are no numbers any more, which no further step mends. */
final class Divergence {
  private Divergence() {}

  /**
   * Looks at the weights after a step.
   *
   * @param names of the tensors to look at
   * @param type which they shall be rounded to
   * @throws InputException when one is, or becomes, infinite or undefined
   */
  static void check(long step, Parameters parameters, Predicate<String> names, DType type) {
    parameters
        .notFinite(names, type)
        .ifPresent(problem -> {
          throw after(step, problem);
        });
  }

  static InputException after(long step, String problem) {
    return new InputException(
        ("The run has diverged: after step %d %s; what was saved before stays as it is;"
                + " expected a new run with a lower schedule.lr")
            .formatted(step, problem));
  }
}
