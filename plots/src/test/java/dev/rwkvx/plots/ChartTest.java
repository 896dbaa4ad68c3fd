package dev.rwkvx.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Chart.Scale;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartTest {
  private static final double[] CONTEXTS = {1024, 16384, 1048576};

  @TempDir private Path folder;

  private static Chart chart(Scale scale, Series... series) {
    return new Chart("Decoding", "context (tokens)", "ms", scale, scale, List.of(series));
  }

  @Test
  void aBitmapShowsEveryLineInAColourOfItsOwn() throws IOException {
    Path file = folder.resolve("a.png");
    chart(
            Scale.LOG,
            new Series("exact", CONTEXTS, new double[] {2, 3, 40}),
            new Series("bounded", CONTEXTS, new double[] {2, 2.5, 2.5}))
        .write(file);
    BufferedImage image = ImageIO.read(file.toFile());
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    for (int colour : new int[] {0xff0072B2, 0xffD55E00}) {
      assertThat(Arrays.stream(pixels).filter(p -> p == colour).count()).isGreaterThan(100);
    }
  }

  @Test
  void aVectorPictureHasEveryLineEvenUnderTheSameName() throws IOException {
    Path file = folder.resolve("a.SVG");
    chart(
            Scale.LINEAR,
            new Series("exact", CONTEXTS, new double[] {2, 3, 40}),
            new Series("exact", CONTEXTS, new double[] {2, Double.NaN, 40}))
        .write(file);
    assertThat(Files.readString(file))
        .startsWith("<?xml")
        .contains("stroke:rgb(0,114,178)", "stroke:rgb(213,94,0)");
  }

  @Test
  void aLogarithmicAxisLeavesOutWhatItCannotShow() throws IOException {
    Path file = folder.resolve("a.svg");
    chart(Scale.LOG, new Series("a", new double[] {0, 10, 100, 1000}, new double[] {1, 0, 2, 3}))
        .write(file);
    // Two dots on the line and one in the legend.
    assertThat(Files.readString(file).split("<ellipse", -1)).hasSize(1 + 2 + 1);
    assertThatThrownBy(
            () -> chart(Scale.LOG, new Series("a", new double[] {0}, new double[] {1})).write(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no point to draw");
  }

  @Test
  void smallDifferencesFillACloseAxis() throws IOException {
    Series losses = new Series("loss", CONTEXTS, new double[] {4.01, 4.05, 4.09});
    assertThat(heightOfLine(new Chart("", "", "", Scale.LOG, Scale.LINEAR, List.of(losses))))
        .isLessThan(30);
    assertThat(heightOfLine(new Chart("", "", "", Scale.LOG, Scale.CLOSE, List.of(losses))))
        .isGreaterThan(300);
  }

  /** Pixels from the lowest to the highest point of the first line. */
  private int heightOfLine(Chart chart) throws IOException {
    Path file = folder.resolve("line.png");
    chart.write(file);
    BufferedImage image = ImageIO.read(file.toFile());
    // The legend below has the colour of the line too.
    int[] rows =
        IntStream.range(0, image.getHeight() - 60)
            .filter(y ->
                IntStream.range(0, image.getWidth())
                    .anyMatch(x -> image.getRGB(x, y) == 0xff0072B2))
            .toArray();
    return rows[rows.length - 1] - rows[0];
  }

  @Test
  void otherFormatsAreRefused() {
    assertThatThrownBy(() -> Picture.requireName(Path.of("a.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a.jpg")
        .hasMessageContaining("*.png or *.svg");
  }

  @Test
  void neighboursOfALongLineAreAveraged() {
    double[] x = IntStream.range(0, 10).asDoubleStream().toArray();
    Series line = new Series("loss", x, new double[] {1, 3, 5, 0, 0, 3, 4, 4, 4, 8});
    assertThat(line.averaged(10)).isSameAs(line);
    Series shorter = line.averaged(3);
    assertThat(shorter.name()).isEqualTo("loss");
    assertThat(shorter.x()).containsExactly(1, 4, 7.5);
    assertThat(shorter.y()).containsExactly(3, 1, 5);
  }

  @Test
  void aMillionPointsArePictured() throws IOException {
    double[] x = IntStream.range(0, 1_000_000).asDoubleStream().toArray();
    double[] y = Arrays.stream(x).map(at -> 2 + Math.sin(at)).toArray();
    Path file = folder.resolve("long.svg");
    chart(Scale.LINEAR, new Series("loss", x, y)).write(file);
    assertThat(Files.size(file)).isBetween(1_000L, 1_000_000L);
  }
}
