package dev.rwkvx.plots;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** What can be drawn to a file. */
public interface Picture {
  /**
   * Draws to a file, *.png or *.svg, which appears whole or not at all.
   *
   * @param file its name ends in {@code .png} or {@code .svg}
   * @throws InputException when the name is neither or there is nothing to draw
   * @throws IOException when the file cannot be written
   */
  void write(Path file) throws IOException;

  /**
   * Refuses a name that is not *.png or *.svg, so that a long run need not fail at its end.
   *
   * @param file its name ends in {@code .png} or {@code .svg}
   * @throws InputException when it is neither
   */
  static void requireName(Path file) {
    Format.of(file);
  }

  /** The format that the name of a picture asks for. */
  enum Format {
    /** Pixels. */
    PNG,
    /** Shapes, which keep sharp at any size. */
    SVG;

    static Format of(Path file) {
      String name = file.toString().toLowerCase(Locale.ROOT);
      return Arrays.stream(values())
          .filter(format -> name.endsWith("." + format.name().toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(
              () -> new InputException(file + ": expected the name of a picture, *.png or *.svg"));
    }
  }
}
