package dev.rwkvx.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.server.http.ApiException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void write() throws Exception {
    path = Files.writeString(folder.resolve("m"), "weights");
  }

  @Test
  void aFileThatShrinksIsNoticed() throws Exception {
    ModelFile file = new ModelFile(path);
    assertThat(file.problem()).isEmpty();
    file.require();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(3);
    }
    assertThat(file.problem()).hasValueSatisfying(text -> assertThat(text).contains("has changed"));
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(file::require)
        .matches(problem -> problem.status() == 503);
    // It stays so, whatever is written now.
    Files.writeString(path, "weights");
    assertThat(file.problem()).isPresent();
  }

  @Test
  void whatIsWrittenIntoItIsNoticed() throws Exception {
    ModelFile file = new ModelFile(path);
    Files.writeString(path, "wEights", StandardOpenOption.WRITE);
    Files.setLastModifiedTime(path, FileTime.fromMillis(12345));
    assertThat(file.problem()).isPresent();
  }

  @Test
  void anotherFileInItsPlaceIsNoMatter() throws Exception {
    ModelFile file = new ModelFile(path);
    Path other = Files.writeString(folder.resolve("other"), "others");
    Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
    assertThat(file.problem()).isEmpty();
    Files.delete(path);
    assertThat(file.problem()).isEmpty();
  }
}
