package dev.rwkvx.generate;

import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.model.StateFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A conversation with a model in this process. */
public final class ModelContext implements Context {
  private final RwkvX model;
  private State state;
  private @Nullable State marked;

  /** A conversation in which nothing has been read. */
  public ModelContext(RwkvX model) {
    this.model = model;
    state = model.newState();
  }

  @Override
  public int vocabulary() {
    return model.config().vocabulary();
  }

  @Override
  public void read(int[] tokens, int from, int to, float[] logits) {
    model.forward(tokens, from, to, state, logits);
  }

  @Override
  public void mark() {
    marked = state.fork();
  }

  @Override
  public void rewind() {
    if (marked == null) {
      throw new IllegalStateException("no point is marked");
    }
    state = marked.fork();
  }

  @Override
  public void reset() {
    state.reset();
    marked = null;
  }

  /** What the model remembers of the conversation. */
  public State state() {
    return state;
  }

  /**
   * Saves the conversation.
   *
   * @throws dev.rwkvx.InputException when the file cannot be written
   */
  public void save(Path file) {
    StateFile.save(state, model, file);
  }

  /**
   * Goes on with a saved conversation.
   *
   * @throws dev.rwkvx.InputException when the file is no saved conversation with this model; the
   *     present one is unchanged then
   */
  public void load(Path file) {
    state = StateFile.load(file, model);
    marked = null;
  }
}
