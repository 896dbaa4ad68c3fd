package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
  @Test
  void versionNamesTheProgramAndTheJvm() {
    Rwkvx run = Rwkvx.run("--version");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("rwkvx \\d+\\.\\d+").contains("Java 25");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpListsTheCommands() {
    Rwkvx run = Rwkvx.run("--help");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Usage: rwkvx").contains("convert").contains("info");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                      | rwkvx: expected a command:
          infoo                   | rwkvx: unknown command 'infoo', did you mean 'info'?; see 'rwkvx --help'
          --foo                   | rwkvx: unknown option '--foo'
          info                    | rwkvx info: missing required parameter: 'FILE'; see 'rwkvx info --help'
          info x --foo            | rwkvx info: unknown option '--foo'; see 'rwkvx info --help'
          info x y                | rwkvx info: unexpected argument 'y'; see 'rwkvx info --help'
          convert a b --type q7   | rwkvx convert: invalid value for option '--type'
          convert a b --top-k two | rwkvx convert: invalid value for option '--top-k'
          """)
  void badCommandLinesGetOneSentence(String line, String start) {
    Rwkvx run = Rwkvx.run((Object[]) line.split(" "));
    if (line.isEmpty()) {
      run = Rwkvx.run();
    }
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith(start).hasLineCount(1);
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : List.of("bench", "info", "convert", "tokenize")) {
      Rwkvx run = Rwkvx.run(command, "--help");
      assertThat(run.exitCode()).as(command).isZero();
      assertThat(run.out()).startsWith("Usage: rwkvx " + command);
    }
  }

  /** Not as the name of a file with further arguments. */
  @Test
  void argumentsMayBeginWithAnAt(@TempDir Path folder) throws IOException {
    Path arguments = Files.writeString(folder.resolve("arguments"), "--version");
    for (Object[] line : new Object[][] {{"@" + arguments}, {"info", "@" + arguments}}) {
      Rwkvx run = Rwkvx.run(line);
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).contains("@" + arguments);
    }
  }
}
