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
  void otherFormatsAreRefused() {
    assertThatThrownBy(() -> Picture.requireName(Path.of("a.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a.jpg")
        .hasMessageContaining("*.png or *.svg");
  }
}
