package dev.rwkvx.training.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.InputException;
import dev.rwkvx.training.Hostile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever stands in a configuration, it is taken or refused in one sentence. */
class HostileConfigTest {
  private static final int FILES = 500;

  private static final String GOOD =
      """
      seed = 7
      model.file = "m.pth"
      data.files = ["a"]
      budget.steps = 100
      [schedule]
      lr = 1e-3
      [parameters]
      train = ["*.att.*"]
      """;

  private static final String[] PIECES = {
    "[",
    "]",
    "{",
    "}",
    "[[",
    "]]",
    "\"",
    "\"\"\"",
    "'",
    "'''",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\\",
    "\\u0000",
    "\\uD800",
    "\\U00110000",
    "0x",
    "1e400",
    "-",
    "nan",
    "inf",
    "99999999999999999999",
    "1979-05-27T07:32:00Z",
    "true",
    "model",
    "data.files",
    "schedule",
    "\0",
    "\033",
    "\u2028",
    "🦜",
    "a.b.c.d.e.f",
    "[a.b]",
    "\r",
    "seed = 8\n",
    "lora = {rank = 1}\n",
    "parameters.train = ['*?*?*?z']\n",
    "= [[1], {a = 2}]\n"
  };

  private final RunConfigFile files = new RunConfigFile();

  @TempDir private Path folder;

  @Test
  void everyFileIsTakenOrRefused() {
    double taken = Hostile.read(FILES, 16, HostileConfigTest::file, this::takes);
    assertThat(taken).isBetween(0.001, 0.6);
  }

  private static String file(SplittableRandom random) {
    StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "" : GOOD);
    for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      String piece = PIECES[random.nextInt(PIECES.length)];
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, Math.min(text.length(), at + random.nextInt(12)));
        case 1 -> text.insert(at, piece.repeat(1 << random.nextInt(13)));
        default -> text.insert(at, piece);
      }
    }
    return text.toString();
  }

  private boolean takes(String text) throws IOException {
    Path file = Files.write(folder.resolve("hostile.toml"), text.getBytes(UTF_8));
    try {
      files.read(Recipe.PRETRAIN, file, Map.of());
      return true;
    } catch (InputException e) {
      assertThat(e.getMessage()).doesNotContain("\0").hasSizeLessThan(1000);
      return false;
    }
  }
}
