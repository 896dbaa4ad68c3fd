package dev.rwkvx.generate;

import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.model.StateFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A conversation with a model in this process; closing it frees what the model remembers. */
public final class ModelContext implements Context {
  private final RwkvX model;
  private final String vocabulary;
  private final State start;
  private State state;
  private @Nullable State marked;

  /**
   * A conversation in which nothing has been read.
   *
   * @param model runs the tokens; stays the caller's to close
   */
  public ModelContext(RwkvX model) {
    this(model, StateFile.NO_VOCABULARY, model.newState());
  }

  /**
   * A conversation that begins with a state, and does so again after {@link #reset()}.
   *
   * @param model runs the tokens; stays the caller's to close
   * @param vocabulary fingerprint of the vocabulary that the tokens are from, or {@link
   *     StateFile#NO_VOCABULARY}
   * @param start becomes the context's own
   */
  public ModelContext(RwkvX model, String vocabulary, State start) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.start = start;
    try {
      state = start.fork();
    } catch (RuntimeException | Error e) {
      start.close();
      throw e;
    }
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
    forgetMark();
    marked = state.fork();
  }

  private void forgetMark() {
    if (marked != null) {
      marked.close();
      marked = null;
    }
  }

  @Override
  public void rewind() {
    if (marked == null) {
      throw new IllegalStateException("no point is marked");
    }
    replace(marked.fork());
  }

  @Override
  public void reset() {
    replace(start.fork());
    forgetMark();
  }

  private void replace(State other) {
    state.close();
    state = other;
  }

  /** {@return what the model remembers of the conversation} */
  public State state() {
    return state;
  }

  /**
   * Saves the conversation.
   *
   * @param file is replaced if it exists, and appears whole or not at all
   * @throws dev.rwkvx.InputException when the file cannot be written
   */
  public void save(Path file) {
    StateFile.save(state, model, vocabulary, file);
  }

  /**
   * Goes on with a saved conversation.
   *
   * @param file written by {@link #save}, by whatever process
   * @throws dev.rwkvx.InputException when the file is no saved conversation with this model,
   *     vocabulary and kind of cache; the present one is unchanged then
   */
  public void load(Path file) {
    replace(StateFile.load(file, model, vocabulary, state.cacheOptions()));
    forgetMark();
  }

  @Override
  public void close() {
    forgetMark();
    state.close();
    start.close();
  }
}
