package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotCommandTest {
  @TempDir private Path folder;
  private Path first;
  private Path second;
  private Path picture;

  @BeforeEach
  void writeTables() throws IOException {
    first = folder.resolve("exact.csv");
    second = folder.resolve("bounded.csv");
    picture = folder.resolve("all.svg");
    Files.writeString(first, "top_k,context,ms,p99\n3,1024,2,3\n3,4096,3,4\nall,4096,9,9\n");
    Files.writeString(second, "context,ms\n1024,2\n4096,2\n");
  }

  @Test
  void drawsALinePerFileColumnOrValue() throws IOException {
    Rwkvx files =
        Rwkvx.run(
            "plot", "--x", "context", "--y", "ms", "--log", "xy", "--out", picture, first, second);
    assertThat(files.err()).isEmpty();
    assertThat(files.out()).contains("all.svg: 2 lines");
    assertThat(picture).isNotEmptyFile();
    Rwkvx columns = Rwkvx.run("plot", "--x", "context", "--y", "ms,p99", "--out", picture, first);
    assertThat(columns.out()).contains(": 2 lines");
    Rwkvx values =
        Rwkvx.run(
            "plot", "--x", "context", "--y", "ms,p99", "--by", "top_k", "--out", picture, first);
    assertThat(values.out()).contains(": 4 lines");
  }

  @Test
  void aMissingColumnAndAnUnknownFormatAreBadInput() {
    Rwkvx column = Rwkvx.run("plot", "--x", "tokens", "--y", "ms", "--out", picture, first);
    assertThat(column.exitCode()).isEqualTo(2);
    assertThat(column.err())
        .startsWith("rwkvx plot: " + first + ": has no column 'tokens'; it has top_k, context, ms");
    Rwkvx format =
        Rwkvx.run("plot", "--x", "context", "--y", "ms", "--out", folder.resolve("a.gif"), first);
    assertThat(format.exitCode()).isEqualTo(2);
    assertThat(format.err()).contains("a.gif").hasLineCount(1);
    assertThat(picture).doesNotExist();
  }
}
