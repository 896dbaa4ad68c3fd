package dev.rwkvx.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
  private static final List<String> COLUMNS = List.of("policy", "context", "ms");

  @TempDir private Path folder;

  @Test
  void rowsComeBackAsTheyWereWritten() throws IOException {
    Path file = folder.resolve("a.csv");
    List<String> awkward = List.of("a \"quoted\", name", "1024", "2.5");
    try (TableWriter writer = TableWriter.open(file, COLUMNS)) {
      writer.append(awkward);
    }
    assertThat(Table.read(file).columns()).isEqualTo(COLUMNS);
    assertThat(Table.read(file).rows()).containsExactly(awkward);
  }

  @Test
  void aFileGoesOnBehindItsLastWholeLine() throws IOException {
    Path file = folder.resolve("a.csv");
    Files.writeString(file, "policy,context,ms\nexact,1024,2.5\nexact,40");
    try (TableWriter writer = TableWriter.open(file, COLUMNS)) {
      assertThat(writer.has(List.of("exact", "1024"))).isTrue();
      assertThat(writer.has(List.of("exact", "40"))).isFalse();
      writer.append(List.of("exact", "4096", "2.75"));
    }
    assertThat(file).hasContent("policy,context,ms\nexact,1024,2.5\nexact,4096,2.75\n");
  }

  @Test
  void aFileWithOtherColumnsIsRefusedAndLeftAlone() throws IOException {
    Path file = folder.resolve("a.csv");
    Files.writeString(file, "step,loss\n1,4\n");
    assertThatThrownBy(() -> TableWriter.open(file, COLUMNS))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("step,loss")
        .hasMessageContaining("policy,context,ms");
    assertThat(file).hasContent("step,loss\n1,4\n");
  }

  @Test
  void seriesAreSortedAndRepeatedPlacesGiveTheirMedian() throws IOException {
    Path file = folder.resolve("a.csv");
    Files.writeString(
        file, "policy,context,ms\nb,2,9\na,2,5\na,1,1\na,2,7\na,2,100\na,3,\nb,x,1\n");
    Series all = Table.read(file).series("all", "context", "ms");
    assertThat(all.x()).containsExactly(1, 2);
    assertThat(all.y()).containsExactly(1, 8);
    List<Series> parts = Table.read(file).seriesBy("policy", "context", "ms");
    assertThat(parts).extracting(Series::name).containsExactly("b", "a");
    assertThat(parts.get(1).y()).containsExactly(1, 7);
  }

  @Test
  void brokenFilesAndMissingColumnsAreBadInput() throws IOException {
    Path file = folder.resolve("a.csv");
    for (String text : List.of("", "a,b\n1\n", "a,b\n\"1,2\n")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> Table.read(file))
          .as(text)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("a.csv");
    }
    Files.writeString(file, "a,b\n1,2\n");
    assertThatThrownBy(() -> Table.read(file).series("", "a", "c"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no column 'c'; it has a, b");
    assertThatThrownBy(() -> Table.read(folder.resolve("missing.csv")))
        .isInstanceOf(InputException.class);
  }
}
