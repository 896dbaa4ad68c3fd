package dev.rwkvx.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeatMapTest {
  @TempDir private Path folder;

  private Table table(String... rows) throws IOException {
    Path file = folder.resolve("a.csv");
    Files.writeString(file, "length,depth,accuracy\n" + String.join("\n", rows) + "\n");
    return Table.read(file);
  }

  private static HeatMap map(HeatMap.Panel... panels) {
    return new HeatMap("Passkey", "length", "depth", "accuracy", List.of(panels));
  }

  @Test
  void gridsAreOrderedByNumberAndAveraged() throws IOException {
    HeatMap.Panel grid =
        table("16384,0,1", "2048,50,0.5", "2048,0,0", "2048,0,1", "2048,9,x")
            .grid("a", "length", "depth", "accuracy");
    assertThat(grid.columns()).containsExactly("2048", "16384");
    assertThat(grid.rows()).containsExactly("0", "9", "50");
    assertThat(Arrays.deepToString(grid.values()))
        .isEqualTo("[[0.5, 1.0], [NaN, NaN], [0.5, NaN]]");
  }

  @Test
  void everyPanelIsDrawnInColoursOfOneScale() throws IOException {
    HeatMap.Panel good = table("2048,0,1", "4096,0,1").grid("good", "length", "depth", "accuracy");
    HeatMap.Panel bad = table("2048,0,0", "4096,0,0").grid("bad", "length", "depth", "accuracy");
    Path png = folder.resolve("map.png");
    map(good, bad).write(png);
    BufferedImage image = ImageIO.read(png.toFile());
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    for (int colour : new int[] {0xff440154, 0xffFDE725}) {
      assertThat(Arrays.stream(pixels).filter(pixel -> pixel == colour).count())
          .isGreaterThan(2000);
    }
    Path svg = folder.resolve("map.svg");
    map(good, bad).write(svg);
    assertThat(Files.readString(svg)).startsWith("<?xml").contains("good", "bad", "Passkey", "2K");
  }

  @Test
  void aMapWithoutValuesIsRefused() throws IOException {
    HeatMap.Panel empty = table("2048,0,x").grid("a", "length", "depth", "accuracy");
    assertThatThrownBy(() -> map(empty).write(folder.resolve("map.png")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no value to draw");
    assertThatThrownBy(() -> table("1,2,3").grid("a", "tokens", "depth", "accuracy"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no column 'tokens'");
  }
}
