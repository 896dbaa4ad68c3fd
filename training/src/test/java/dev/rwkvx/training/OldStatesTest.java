package dev.rwkvx.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.model.StateFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What resets go to is what stands in the files. */
class OldStatesTest {
  private static final Config CONFIG = new Config(70, 24, 12, 2, 1, 8, 2);

  @TempDir private Path folder;

  private final Parameters model = Models.random(CONFIG, 3);
  private final TrainingOptions options = TrainingOptions.defaults();

  /** A sequence that goes to a state at its first token is one that begins with this state. */
  @Test
  void aStateFromAFileIsThatOfTheModelThatBeginsWithIt() {
    Parameters tuned = InitialStatesTest.tuned(model, 4);
    Path file = folder.resolve("initial.safetensors");
    InitialStates.save(tuned, file);
    Path other = folder.resolve("other.safetensors");
    InitialStates.save(InitialStatesTest.tuned(model, 5), other);
    OldStates states = OldStates.load(List.of(other, file), CONFIG);
    TokenBatch batch = Models.batch(CONFIG, 1, 20, 1);
    Resets toSecond = new Resets(new int[] {0}, new int[] {2});
    try (RwkvXGradients expected = new RwkvXGradients(tuned, options);
        RwkvXGradients actual = new RwkvXGradients(model, options, _ -> true, states)) {
      assertThat(actual.losses(batch.withResets(toSecond))).isEqualTo(expected.losses(batch));
      assertThat(actual.losses(batch)).isNotEqualTo(expected.losses(batch));
    }
  }

  /** Reading on in the middle of a sequence with the state that it has there changes nothing. */
  @Test
  void aStateThatWasSavedGoesOn() {
    TokenBatch batch = Models.batch(CONFIG, 1, 20, 1);
    Path file = folder.resolve("saved.state");
    try (RwkvX reader =
            RwkvX.open(model.checkpoint(_ -> true, model.metadata()), ModelOptions.defaults());
        State state = reader.newState()) {
      reader.forward(batch.inputs(), 0, 9, state, new float[CONFIG.vocabulary()]);
      StateFile.save(state, reader, file);
    }
    OldStates states = OldStates.load(List.of(file), CONFIG);
    Resets resets = new Resets(new int[] {9}, new int[] {1});
    try (RwkvXGradients trainer = new RwkvXGradients(model, options, _ -> true, states)) {
      assertThat(trainer.losses(batch.withResets(resets))).isEqualTo(trainer.losses(batch));
      assertThat(trainer.losses(batch.withResets(Resets.at(9))))
          .isNotEqualTo(trainer.losses(batch));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> trainer.losses(batch.withResets(new Resets(new int[] {9}, new int[] {2}))));
    }
  }

  @Test
  void statesOfAnotherModelAreRefused() {
    Path file = folder.resolve("initial.safetensors");
    InitialStates.save(InitialStates.add(model), file);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> OldStates.load(List.of(file), new Config(70, 48, 12, 2, 1, 8, 2)))
        .withMessageContaining("'blocks.0.att.time_state' is")
        .withMessageContaining("expected a floating type and [4, 12, 12]");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> OldStates.load(List.of(file), new Config(70, 24, 12, 3, 1, 8, 2)))
        .withMessageContaining("is no state of this model: 'blocks.2.att.time_state' is missing");
  }

  @Test
  void resetsInAWindowCountFromItsBeginning() {
    Resets resets = new Resets(new int[] {2, 5, 9}, new int[] {0, 3, 1});
    assertThat(resets.within(5, 9)).isEqualTo(new Resets(new int[] {0}, new int[] {3}));
    assertThat(resets.within(6, 9)).isEqualTo(Resets.NONE);
    assertThat(resets.state(5)).isEqualTo(3);
    assertThat(resets.state(6)).isEqualTo(-1);
    assertThatIllegalArgumentException().isThrownBy(() -> Resets.at(3, 3));
  }
}
