package dev.rwkvx.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nobody waits for a pipe or reads a device for ever. */
@Timeout(60)
class InputFileTest {
  @TempDir private Path folder;

  @Test
  void onlyFilesAreRead() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path path : new Path[] {pipe, Path.of("/dev/zero")}) {
      String sentence = path + " is a device or a pipe; expected a file";
      refused(() -> InputFile.require(path), sentence);
      refused(() -> Vocabulary.load(path), sentence);
    }
    refused(() -> InputFile.require(folder), folder + " is a folder; expected a file");
    Path file = Files.createFile(folder.resolve("file"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(InputFile.require(link)).isEqualTo(link);
    assertThat(InputFile.require(folder.resolve("absent"))).doesNotExist();
  }

  private static void refused(Runnable reading, String sentence) {
    assertThatExceptionOfType(InputException.class).isThrownBy(reading::run).withMessage(sentence);
  }
}
