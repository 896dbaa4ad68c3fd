package dev.rwkvx.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.page.StubServer.Breaks;
import dev.rwkvx.server.page.StubServer.Refuses;
import dev.rwkvx.server.page.StubServer.Says;
import dev.rwkvx.server.page.StubServer.Waits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The chat page in a real browser. */
class ChatPageTest {
  private static final String ANSWER = "article:last-child .content";

  private static Chromium browser;

  private StubServer server;
  private Page page;

  @BeforeAll
  static void startBrowser() throws IOException {
    browser = Chromium.start();
  }

  @AfterAll
  static void endBrowser() throws IOException {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() throws IOException {
    server = new StubServer();
    page = browser.open(server.address());
    page.resize(1000, 800);
  }

  @AfterEach
  void close() {
    page.close();
    server.close();
  }

  @Test
  void showsAStreamedAnswerWithItsMarkdownAndNumbers() {
    server.reply(
        Says.all(
            "# A head",
            "ing\nSome *slanted*, **bold** and `co",
            "de`,\nin two lines.\n- one\n",
            "  1. nested\n- two with [a link](https://example.org/?a=1&b=2)\n```java\nint i",
            " = 1;\n\n  // kept\n```\n| a | b |\n|---|---|\n| 1 | `x` |\n> quoted\n\n",
            "snake_case_stays and 2 * 3 * 4, see https://example.org/x."));
    page.ask("What is **this**?");
    assertThat(page.text("article.user .content")).isEqualTo("What is **this**?");
    assertThat(page.text(ANSWER + " h3")).isEqualTo("A heading");
    assertThat(page.text(ANSWER + " em")).isEqualTo("slanted");
    assertThat(page.text(ANSWER + " strong")).isEqualTo("bold");
    assertThat(page.text(ANSWER + " p code")).isEqualTo("code");
    assertThat(page.count(ANSWER + " p br")).isEqualTo(1);
    assertThat(page.count(ANSWER + " > ul > li")).isEqualTo(2);
    assertThat(page.text(ANSWER + " > ul > li > ol > li")).isEqualTo("nested");
    assertThat(page.text(ANSWER + " pre")).isEqualTo("int i = 1;\n\n  // kept");
    assertThat(page.text(ANSWER + " th:last-child")).isEqualTo("b");
    assertThat(page.text(ANSWER + " td code")).isEqualTo("x");
    assertThat(page.text(ANSWER + " blockquote")).isEqualTo("quoted");
    assertThat(page.text(ANSWER + " > p:last-child"))
        .isEqualTo("snake_case_stays and 2 * 3 * 4, see https://example.org/x.");
    assertThat(page.evaluate("[...document.querySelectorAll('a')].map(a => [a.href, a.rel])"))
        .hasToString(
            """
            [["https://example.org/?a=1&b=2","noopener noreferrer"],\
            ["https://example.org/x","noopener noreferrer"]]\
            """);
    assertThat(page.text("article:last-child .under"))
        .contains("1,234 tokens of context", "34 in the answer", "7.9 tokens/s")
        .contains("prompt 457 tokens/s", "cache 3.2 MiB");
    assertThat(page.text("#model")).isEqualTo("tiny");
    page.picture("answer-light");
    JsonNode request = server.requests().getLast();
    assertThat(request.path("model").asString()).isEqualTo("tiny");
    assertThat(request.path("stream").asBoolean()).isTrue();
    assertThat(request.path("stream_options").path("include_usage").asBoolean()).isTrue();
    assertThat(request.has("temperature")).isFalse();
    assertThat(request.path("top_p").asDouble()).isEqualTo(0.3);
  }

  @Test
  void showsPiecesAsTheyComeAndStops() throws Exception {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    server.reply(new Waits(List.of("The first", " words"), gone));
    page.fill("#question", "Go on");
    page.pressEnter();
    page.awaitText(ANSWER, "The first words");
    assertThat(page.evaluate("document.querySelector('#log').ariaBusy").asString())
        .isEqualTo("true");
    page.click("#stop");
    gone.get(60, TimeUnit.SECONDS);
    page.awaitEnd();
    assertThat(page.text("article:last-child .under")).contains("Stopped.");
    assertThat(page.text(ANSWER)).isEqualTo("The first words");

    server.reply(Says.all("Something else"));
    page.clickButton("Regenerate");
    page.awaitText(ANSWER, "Something else");
    assertThat(page.count("article")).isEqualTo(2);
    assertThat(server.requests().get(1).path("messages"))
        .isEqualTo(server.requests().get(0).path("messages"));
  }

  @Test
  void beginningsOfThoughtsAreNotShownAsText() {
    List<String> pieces = List.of("<think", ">\nHm", ".\n</think", ">\nYes");
    List<String> seen =
        IntStream.rangeClosed(1, 4)
            .mapToObj(count -> Page.quoted(String.join("", pieces.subList(0, count))))
            .map(text -> page.evaluate(SHOWN.formatted(text)).asString())
            .toList();
    assertThat(seen).containsExactly("", "ThoughtsHm", "ThoughtsHm.", "ThoughtsHm.Yes");
  }

  private static final String SHOWN =
      "(() => { const it = element('div'); show(it, %s); return it.textContent; })()";

  @Test
  void theKeyboardIsEnough() throws Exception {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    server.reply(new Waits(List.of("Well"), gone));
    assertThat(page.evaluate("document.activeElement.id").asString()).isEqualTo("question");
    page.fill("#question", "a");
    page.press("Enter", 13, true);
    page.command("Input.insertText", Map.of("text", "b"));
    page.pressEnter();
    page.awaitText(ANSWER, "Well");
    assertThat(server.requests().getFirst().path("messages").path(0).path("content").asString())
        .isEqualTo("a\nb");
    page.press("Escape", 27, false);
    gone.get(60, TimeUnit.SECONDS);
    page.awaitEnd();
    assertThat(page.evaluate("document.activeElement.id").asString()).isEqualTo("question");
  }

  @Test
  void theLastQuestionCanBeEdited() {
    page.ask("One");
    page.ask("Two");
    page.clickButton("Edit");
    assertThat(page.evaluate("document.querySelector('#question').value").asString())
        .isEqualTo("Two");
    page.clickButton("Leave it as it was");
    assertThat(page.count("article")).isEqualTo(4);
    page.clickButton("Edit");
    server.reply(Says.all("To three."));
    page.ask("Three");
    assertThat(contents(server.requests().getLast())).containsExactly("One", "Hello.", "Three");
    assertThat(page.count("article")).isEqualTo(4);
    assertThat(page.text(ANSWER)).isEqualTo("To three.");
  }

  @Test
  void settingsAreSentAndKept() {
    page.click("#open-settings");
    page.fill("[name=system]", "Be brief.");
    page.fill("[name=temperature]", "0.25");
    page.fill("[name=top_k]", "5");
    page.fill("[name=max_tokens]", "77");
    page.fill("[name=seed]", "9");
    page.choose("[name=think]", "short");
    page.empty("[name=presence_penalty]");
    page.picture("settings");
    page.clickButton("Done");
    server.reply(new Says(List.of("<think>\nHm.\n</think>\nYes."), "length"));
    page.ask("Is it?");
    assertThat(page.text("details summary")).isEqualTo("Thoughts");
    assertThat(page.text(ANSWER + " > p")).isEqualTo("Yes.");
    assertThat(page.text("article:last-child .under")).contains("Cut");
    page.reload();
    assertThat(page.count("article")).isEqualTo(2);
    page.ask("And?");
    JsonNode request = server.requests().getLast();
    assertThat(contents(request))
        .map(String::strip)
        .containsExactly("Be brief.", "Is it?", "Yes.", "And?");
    assertThat(request.path("temperature").asDouble()).isEqualTo(0.25);
    assertThat(request.path("top_k").asInt()).isEqualTo(5);
    assertThat(request.path("max_tokens").asInt()).isEqualTo(77);
    assertThat(request.path("seed").asLong()).isEqualTo(9);
    assertThat(request.path("think").asString()).isEqualTo("short");
    assertThat(request.has("presence_penalty")).isFalse();

    page.click("#open-settings");
    page.fill("[name=top_p]", "7");
    page.clickButton("Done");
    page.evaluate("document.querySelector('#settings').close()");
    page.fill("#question", "Not sent");
    page.pressEnter();
    page.await("document.querySelector('#settings').open");
    page.clickButton("Forget conversation and settings");
    assertThat(page.evaluate("localStorage.length").asInt()).isZero();
    assertThat(page.count("article")).isZero();
  }

  @Test
  void aNewChatForgetsTheOldOneUnlessItIsBroughtBack() {
    page.ask("One");
    page.click("#new");
    assertThat(page.count("article")).isZero();
    page.clickButton("Bring it back");
    assertThat(page.count("article")).isEqualTo(2);
    page.click("#new");
    page.ask("Two");
    assertThat(contents(server.requests().getLast())).containsExactly("Two");
    page.reload();
    assertThat(page.text("article.user .content")).isEqualTo("Two");
  }

  @Test
  void saysWhatIsWrongAndTriesAgain() {
    server.reply(new Refuses(429, "32 requests wait.", Map.of("Retry-After", "3")));
    page.ask("Hello?");
    page.awaitText("#notice", "The server is busy: 32 requests wait. Try again in 3 seconds.");
    assertThat(page.count("article")).isEqualTo(1);
    page.picture("busy");
    server.reply(new Breaks(List.of("Half an")));
    page.clickButton("Try again");
    page.awaitText("#notice", "The connection ended before the answer did.");
    assertThat(page.text(ANSWER)).isEqualTo("Half an");
    server.reply(Says.all("A whole answer."));
    page.clickButton("Try again");
    page.awaitText(ANSWER, "A whole answer.");
    assertThat(page.count("article")).isEqualTo(2);
    assertThat(page.evaluate("document.querySelector('#notice').hidden").asBoolean()).isTrue();
    server.close();
    page.ask("Still there?");
    page.awaitText("#notice", "The server cannot be reached.");
  }

  @Test
  void asksForTheKeyThatTheServerWants() {
    server.wantKey("secret");
    page.reload();
    page.awaitText("#notice", "The server wants an API key: no such key");
    page.clickButton("Enter the key");
    assertThat(page.evaluate("document.activeElement.name").asString()).isEqualTo("key");
    page.command("Input.insertText", Map.of("text", "secret"));
    page.clickButton("Done");
    page.awaitText("#model", "tiny");
    page.ask("Now?");
    assertThat(page.text(ANSWER)).isEqualTo("Hello.");
    assertThat(page.evaluate("JSON.stringify(localStorage)").asString()).doesNotContain("secret");
  }

  @Test
  void whatAModelWritesIsInert() {
    String script = "window.hacked = true";
    server.reply(
        Says.all(
            "<img src=x onerror='%1$s'> <script>%1$s</script> [x](javascript:%1$s) "
                .formatted("window.hacked=1"),
            "[y](data:text/html,<script>parent.hacked=1</script>) **<b onclick=1>** `<i>`\n",
            "```<svg onload=window.hacked=1>\n</code><img src=x onerror=window.hacked=1>\n```\n",
            "| <img src=x onerror=window.hacked=1> |\n"
                + "[a](https://a.org/\"onclick=window.hacked=1)"));
    page.ask("<img src=x onerror='" + script + "'>");
    assertThat(page.count("#log :is(img, script, svg, b, i, iframe)")).isZero();
    assertThat(page.evaluate("[...document.querySelectorAll('#log a')].map(a => a.protocol)"))
        .hasToString("[\"https:\"]");
    assertThat(page.count("#log [onclick], #log [onerror]")).isZero();
    assertThat(page.text(ANSWER)).contains("<img src=x onerror='window.hacked=1'>", "<script>");
    // Even a script that got into the page would not run.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '%s'}))"
            .formatted(script));
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"%s\">')"
            .formatted(script));
    page.evaluate("new Promise(resolve => setTimeout(resolve, 100))");
    assertThat(page.evaluate("String(window.hacked)").asString()).isEqualTo("undefined");
    page.reload();
    assertThat(page.count("#log :is(img, script, svg)")).isZero();
  }

  @Test
  void fitsAPhoneInLightAndDark() {
    page.resize(320, 568);
    server.reply(
        Says.all(
            "A%s and\n```\n%s\n```\n| %s |\n|---|\n| %s |\n"
                .formatted("a".repeat(300), "code ".repeat(60), "b".repeat(90), "c ".repeat(90)),
            "- " + "https://example.org/" + "d".repeat(200)));
    page.ask("e".repeat(200));
    for (String scheme : List.of("light", "dark")) {
      page.prefer(scheme);
      assertThat(page.evaluate("document.documentElement.scrollWidth").asInt()).isEqualTo(320);
      assertThat(page.evaluate("document.querySelector('#log').scrollWidth").asInt())
          .isLessThanOrEqualTo(320);
      assertThat(page.evaluate(CONTRASTS)).allMatch(contrast -> contrast.asDouble() >= 4.5);
      page.picture("phone-" + scheme);
      page.click("#open-settings");
      assertThat(
              page.evaluate(
                      "(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)"
                          + "(document.querySelector('dialog'))")
                  .asInt())
          .isZero();
      page.picture("phone-settings-" + scheme);
      page.clickButton("Done");
    }
    String background = "getComputedStyle(document.body).backgroundColor";
    JsonNode dark = page.evaluate(background);
    page.prefer("light");
    assertThat(page.evaluate(background)).isNotEqualTo(dark);
  }

  /** Contrast ratios of text on its background, as WCAG defines them. */
  private static final String CONTRASTS =
      """
      (() => {
        const light = color => {
          const [r, g, b] = color.match(/[\\d.]+/g).map(x => x / 255)
            .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = it => {
          const color = getComputedStyle(it).backgroundColor;
          return color === 'rgba(0, 0, 0, 0)' ? behind(it.parentElement) : color;
        };
        return ['h1', '#model', 'article h2', '.user .content', 'article:last-child p', 'pre code',
          'td', 'a', '.under', '.under button', '#send', '#question', '#status'].map(selector => {
          const it = document.querySelector(selector);
          const a = light(getComputedStyle(it).color), b = light(behind(it));
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        });
      })()\
      """;

  private static List<String> contents(JsonNode request) {
    return request
        .path("messages")
        .valueStream()
        .map(message -> message.path("content").asString())
        .toList();
  }
}
