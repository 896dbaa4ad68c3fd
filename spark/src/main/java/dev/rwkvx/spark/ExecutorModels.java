package dev.rwkvx.spark;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.TextModel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open models of this process, which is an executor: all its tasks share one. They stay open
 * until the process ends, which frees them. Static, because nothing else outlives a task.
 */
final class ExecutorModels {
  private static final Map<ModelSource, TextModel> OPEN = new ConcurrentHashMap<>();

  private ExecutorModels() {}

  /**
   * The model, which the first to ask opens.
   *
   * @throws InputException when it cannot be opened
   */
  static TextModel get(ModelSource source) {
    return OPEN.computeIfAbsent(source, ModelSource::open);
  }

  /**
   * As {@link #get(ModelSource)}, for a known model.
   *
   * @throws InputException when it cannot be opened, or is another than the job's
   */
  static TextModel get(ModelSource source, String fingerprint) {
    TextModel model = get(source);
    if (!model.model().fingerprint().equals(fingerprint)) {
      throw new InputException(
          "%s is not the same model on every node".formatted(model.model().path()));
    }
    return model;
  }
}
