package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.evaluation.Passkey;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.plots.Table;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model looks for a pass key in 4K tokens, and the page shows where it looked. */
class TraceCommandTest {
  private static final int KEY = 31_415;
  private static final List<String> BROWSERS =
      List.of("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome");

  @TempDir private static Path folder;
  private static Path page;
  private static Rwkvx run;

  @BeforeAll
  static void trace() throws IOException {
    Path prompt = folder.resolve("prompt.txt");
    try (TextModel model = TextModel.open(BundledModels.file(BundledModels.RWKV_X))) {
      Files.writeString(prompt, Passkey.prompt(model.tokenizer(), KEY, 4096, 0.3));
    }
    page = folder.resolve("page.html");
    run =
        Rwkvx.run(
            "trace",
            "--model",
            BundledModels.file(BundledModels.RWKV_X),
            "--file",
            prompt,
            "--generate",
            4,
            "--needle",
            KEY,
            "--out",
            page);
  }

  @Test
  void tellsWhatWasReadAndHowOftenTheNeedle() {
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("It wrote:  " + KEY)
        .containsPattern("(?m)^ +\\d+\\.\\d %  chunk \\d+ \\(needle\\): .*" + KEY)
        .contains("gate hit: 100 % of 4 queries of the answer by any head")
        .contains(page + " and " + folder.resolve("page.csv") + " are written");
  }

  @Test
  void theTableHasTheNeedle() {
    Table table = Table.read(folder.resolve("page.csv"));
    assertThat(table.columns()).contains("query", "chunk", "mass", "gate", "rank", "needle");
    assertThat(table.rows()).filteredOn(row -> row.getLast().equals("1")).isNotEmpty();
  }

  @Test
  void aBrowserShowsThatTheChunkOfTheNeedleIsChosen() throws Exception {
    String shown = shown("");
    assertThat(shown)
        .contains("At least one head attended to")
        .contains("in 100 % of the answer's queries")
        .containsPattern("<mark>" + KEY + "</mark>");
    Matcher item =
        Pattern.compile("<li class=\"is-needle\" data-chunk=\"(\\d+)\">.*?</li>", Pattern.DOTALL)
            .matcher(shown);
    assertThat(item.find()).isTrue();
    assertThat(item.group()).contains(">needle</span>", "heads");
    // The same of one head, by the address.
    assertThat(shown("#query=1&head=1.0&layer=chosen"))
        .contains("<option value=\"1.0\">block 1, head 0</option>")
        .containsPattern("gate [-0-9.]+, rank [0-9,]+")
        .contains("id=\"by-choice\" aria-pressed=\"true\"");
  }

  /** The elements of the page after its script has run. */
  private static String shown(String fragment) throws IOException, InterruptedException {
    Path browser =
        BROWSERS.stream()
            .flatMap(name ->
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                    .map(place -> Path.of(place, name)))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseGet(
                () -> Assumptions.abort("skipped: no Chromium in PATH (one of " + BROWSERS + ")"));
    Process process =
        new ProcessBuilder(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + folder.resolve("profile"),
                "--dump-dom",
                page.toUri() + fragment)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String dom = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return dom;
  }

  @Test
  void whatCannotBeIsRefused() {
    assertRefused("must be named *.html", "--out", folder.resolve("page.txt"), "text");
    assertRefused("its folder does not exist", "--out", folder.resolve("no/page.html"), "text");
    assertRefused("expected one of PROMPT and --file", "--out", page);
    assertRefused("--generate is -1; expected 0 to", "--out", page, "--generate", -1, "text");
    assertRefused("expected a position or a range", "--out", page, "--queries", "a-b", "text");
    assertRefused("--kv-cache is bounded", "--out", page, "--kv-cache", "bounded", "text");
    assertRefused("The needle 'Q' is 0 times", "--out", page, "--needle", "Q", "text!");
  }

  private static void assertRefused(String message, Object... arguments) {
    Rwkvx run =
        Rwkvx.run(
            Stream.concat(
                    Stream.of("trace", "--model", BundledModels.file(BundledModels.RWKV_X)),
                    Arrays.stream(arguments))
                .toArray());
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
