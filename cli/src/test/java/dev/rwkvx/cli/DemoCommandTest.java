package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @Test
  void findsTheNumberShowsWhereAndWritesALine(@TempDir Path folder) {
    Path page = folder.resolve("page.html");
    Rwkvx run = Rwkvx.run("demo", "--length", "8K", "--depth", 20, "--seed", 3, "--trace", page);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .containsPattern("A number is hidden at 20 % of a text of 8,1\\d\\d tokens")
        .containsPattern("RWKV-X: 4 RWKV-7 blocks and 2 sparse ones(?s).*— right(?s).*RWKV-7: 4")
        .containsPattern("attended to most, of 5\\d\\d:\n +\\d+\\.\\d %  chunk \\d+ \\(needle\\)")
        .containsPattern("KiB of state, which never grows, and [0-9.]+ MiB of keys and values\n")
        .containsPattern("that country knew:(?s).{80}");
    assertThat(page).isNotEmptyFile();
    assertThat(folder.resolve("page.csv")).isNotEmptyFile();
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused("--length is 100; expected 256 to 1048576 tokens", "--length", 100);
    assertRefused("must be named *.html", "--trace", "page.pdf");
    assertRefused("--depth is 101; expected 0 to 100 percent", "--depth", 101);
  }

  @Test
  void theModelsAreLookedForInTheHomeOfTheProgram(@TempDir Path folder) {
    String home = System.getProperty("rwkvx.home");
    System.setProperty("rwkvx.home", folder.toString());
    try {
      assertRefused(
          "retrieval-rwkv-x.safetensors is missing; expected the models that come with rwkvx");
    } finally {
      System.setProperty("rwkvx.home", home);
    }
  }

  private static void assertRefused(String message, Object... options) {
    Object[] arguments = new Object[options.length + 1];
    arguments[0] = "demo";
    System.arraycopy(options, 0, arguments, 1, options.length);
    Rwkvx run = Rwkvx.run(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
