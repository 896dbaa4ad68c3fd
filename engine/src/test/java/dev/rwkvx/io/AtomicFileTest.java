package dev.rwkvx.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files appear whole or not at all, where they should, and replace nothing but files. */
class AtomicFileTest {
  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void refused(Path target, String reason) {
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> AtomicFile.write(target, bytes("new")))
        .satisfies(failure -> {
          assertThat(failure.getFile()).isEqualTo(target.toString());
          assertThat(failure.getReason()).isEqualTo(reason);
        });
  }

  @Test
  void appearsOnCommitAlone() throws IOException {
    Path file = folder.resolve("a");
    Files.writeString(file, "old");
    try (AtomicFile written = AtomicFile.create(file)) {
      written.channel().write(ByteBuffer.wrap(bytes("half")));
      assertThat(names()).hasSize(2);
    }
    assertThat(file).hasContent("old");
    AtomicFile.write(file, bytes("new"));
    assertThat(file).hasContent("new");
    assertThat(names()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-r--", "r--r-----"})
  void permissionsStay(String permissions) throws IOException {
    Path file = folder.resolve("private");
    Files.writeString(file, "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    try (AtomicFile written = AtomicFile.create(file)) {
      Path partial = folder.resolve(names().getFirst());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(partial)))
          .isEqualTo(permissions);
      written.commit();
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo(permissions);
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path file = Files.createDirectory(folder.resolve("far")).resolve("file");
    Files.writeString(file, "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("far/file"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), link);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("far/made"));
    AtomicFile.write(second, bytes("new"));
    AtomicFile.write(dangling, bytes("made"));
    assertThat(file).hasContent("new");
    assertThat(folder.resolve("far/made")).hasContent("made");
    assertThat(names()).containsExactly("dangling", "far", "link", "second");
    assertThat(Files.isSymbolicLink(second) && Files.isSymbolicLink(dangling)).isTrue();
    Path circle = folder.resolve("circle");
    Files.createSymbolicLink(circle, circle);
    refused(circle, "is a link that leads in circles");
  }

  @Test
  void onlyFilesAreReplaced() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path device = Files.createSymbolicLink(folder.resolve("device"), Path.of("/dev/null"));
    refused(pipe, "is a device or a pipe; expected a file");
    refused(device, "is a device or a pipe; expected a file");
    refused(Path.of("/dev/null"), "is a device or a pipe; expected a file");
    refused(folder, "is a folder; expected a file");
    refused(folder.resolve("no/file"), "cannot be written: its folder does not exist");
    refused(Path.of("/"), "is no name of a file");
    assertThat(names()).containsExactly("device", "pipe");
    assertThat(Files.exists(pipe) && !Files.isRegularFile(pipe)).isTrue();
  }

  @Test
  void whatBecomesSomethingElseMeanwhileStays() throws IOException {
    Path file = folder.resolve("a");
    try (AtomicFile written = AtomicFile.create(file)) {
      Files.createDirectory(file);
      assertThatExceptionOfType(FileSystemException.class)
          .isThrownBy(written::commit)
          .withMessageContaining("is a folder");
    }
    assertThat(names()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"n", "é", "日", "😀", ".x"})
  void allLegalNamesCanBeWritten(String part) throws IOException {
    int size = bytes(part).length;
    Path file = folder.resolve(part.repeat(255 / size));
    AtomicFile.write(file, bytes("new"));
    AtomicFile.write(file, bytes("newer"));
    assertThat(file).hasContent("newer");
    assertThat(names()).containsExactly(file.getFileName().toString());
  }

  @Test
  void partsOfDeadProcessesAreSwept() throws IOException, InterruptedException {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    long alive = ProcessHandle.current().parent().orElseThrow().pid();
    List<String> left = new ArrayList<>();
    for (String ending : List.of("-1f2e-0.partial", "-1f2e.partial", "-1f-0.unordered.bin")) {
      left.add(".a." + dead.pid() + ending);
    }
    List<String> others =
        List.of(
            ".a." + alive + "-1f-0.partial",
            ".ab." + dead.pid() + "-1f-0.partial",
            ".a." + dead.pid() + "-notes.txt",
            ".a.partial");
    for (String name : left) {
      Files.writeString(folder.resolve(name), "left");
    }
    for (String name : others) {
      Files.writeString(folder.resolve(name), "of another");
    }
    AtomicFile.write(folder.resolve("a"), bytes("new"));
    assertThat(names()).doesNotContainAnyElementsOf(left).containsAll(others).contains("a");
  }

  @Test
  void twoMayWriteTheSameFile() throws IOException {
    Path file = folder.resolve("a");
    try (AtomicFile first = AtomicFile.create(file);
        AtomicFile second = AtomicFile.create(file)) {
      first.channel().write(ByteBuffer.wrap(bytes("first")));
      second.channel().write(ByteBuffer.wrap(bytes("second")));
      second.commit();
      first.commit();
    }
    assertThat(file).hasContent("first");
    assertThat(names()).containsExactly("a");
  }

  /** Linux has a device for it; elsewhere nothing is to be seen. */
  @Test
  void aFullDiskNamesTheFile() throws IOException {
    Path full = Path.of("/dev/full");
    if (!Files.exists(full, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (FileChannel device = FileChannel.open(full, StandardOpenOption.WRITE);
        SeekableByteChannel channel = new NamedChannel(folder.resolve("a"), device)) {
      assertThatExceptionOfType(FileSystemException.class)
          .isThrownBy(() -> channel.write(ByteBuffer.wrap(bytes("new"))))
          .withMessage(folder.resolve("a") + ": cannot be written: No space left on device");
    }
  }
}
