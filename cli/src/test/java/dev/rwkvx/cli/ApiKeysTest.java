package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
  @TempDir private Path folder;

  @Test
  void keysComeFromBothPlaces() throws Exception {
    Path file =
        Files.writeString(folder.resolve("keys"), "# of the team\n one \n\n  # two\nthree\n");
    assertThat(ApiKeys.read(Optional.of(file), Optional.of("a, b,")))
        .containsExactly("a", "b", "one", "three");
    assertThat(ApiKeys.read(Optional.empty(), Optional.empty())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", " , ", ",,"})
  void aVariableWithoutKeysIsAMistake(String value) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> ApiKeys.read(Optional.empty(), Optional.of(value)))
        .withMessageContaining("RWKVX_API_KEYS is set but has no keys");
  }

  @Test
  void aFileOfCommentsHasNoKeys() throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), "# team keys\n\n");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> ApiKeys.read(Optional.of(file), Optional.empty()))
        .withMessageContaining("has no keys");
  }
}
