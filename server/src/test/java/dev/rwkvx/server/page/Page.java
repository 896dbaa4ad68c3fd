package dev.rwkvx.server.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A page of a browser, and what a person can do with it. */
final class Page implements AutoCloseable {
  /** Where {@link #picture} puts its files; nowhere unless it is set. */
  private static final String PICTURES = System.getProperty("rwkvx.pictures", "");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Chromium browser;
  private final String context;
  private final String session;

  Page(Chromium browser, String context, String session) {
    this.browser = browser;
    this.context = context;
    this.session = session;
  }

  JsonNode command(String method, Map<String, ?> parameters) {
    return browser.command(session, method, parameters);
  }

  void navigate(URI address) {
    command("Page.navigate", Map.of("url", address.toString()));
    await("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  void reload() {
    evaluate("window.isOld = true");
    command("Page.reload", Map.of());
    await("document.readyState === 'complete' && !window.isOld");
  }

  /** The value of a JavaScript expression. */
  JsonNode evaluate(String expression) {
    JsonNode reply =
        command(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (reply.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + reply.path("exceptionDetails"));
    }
    return reply.path("result").path("value");
  }

  String text(String selector) {
    return evaluate("document.querySelector(%s).innerText".formatted(quoted(selector)))
        .asString("");
  }

  int count(String selector) {
    return evaluate("document.querySelectorAll(%s).length".formatted(quoted(selector))).asInt();
  }

  /** Waits until an expression is true. */
  void await(String expression) {
    Instant end = Instant.now().plus(PATIENCE);
    while (!isTrue(expression)) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(
            "never true: %s, in %s".formatted(expression, evaluate("document.body.innerText")));
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private boolean isTrue(String expression) {
    JsonNode reply =
        command("Runtime.evaluate", Map.of("expression", "Boolean(" + expression + ")"));
    // While a page is being replaced there is none to ask.
    return reply.path("result").path("value").asBoolean(false);
  }

  void awaitText(String selector, String part) {
    await(
        "document.querySelector(%s)?.innerText.includes(%s)"
            .formatted(quoted(selector), quoted(part)));
  }

  /** Clicks on the middle of what can be seen of an element. */
  void click(String selector) {
    await("document.querySelector(%s)?.checkVisibility()".formatted(quoted(selector)));
    JsonNode middle =
        evaluate(
            """
            (() => {
              const found = document.querySelector(%s);
              found.scrollIntoView({block: 'nearest'});
              const box = found.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            })()\
            """
                .formatted(quoted(selector)));
    for (String type : List.of("mousePressed", "mouseReleased")) {
      command(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              middle.get(0).asDouble(),
              "y",
              middle.get(1).asDouble(),
              "button",
              "left",
              "clickCount",
              1));
    }
  }

  /** Clicks on a button by its words, the last of these. */
  void clickButton(String words) {
    evaluate(
        """
        (() => {
          document.querySelector('.to-click')?.classList.remove('to-click');
          [...document.querySelectorAll('button')]
            .findLast(button => button.textContent === %s && button.checkVisibility())
            .classList.add('to-click');
        })()\
        """
            .formatted(quoted(words)));
    click(".to-click");
  }

  /** Types into an element in place of what is there. */
  void fill(String selector, String text) {
    evaluate(
        "(() => { const it = document.querySelector(%s); it.focus(); it.select(); })()"
            .formatted(quoted(selector)));
    command("Input.insertText", Map.of("text", text));
  }

  /** Takes out what an element has. */
  void empty(String selector) {
    fill(selector, "");
    press("Delete", 46, false);
  }

  /** Chooses a value of a selection. */
  void choose(String selector, String value) {
    evaluate(
        """
        (() => {
          const it = document.querySelector(%s);
          it.value = %s;
          it.dispatchEvent(new Event('input', {bubbles: true}));
        })()\
        """
            .formatted(quoted(selector), quoted(value)));
  }

  /** Presses a key. */
  void press(String key, int code, boolean shift) {
    for (String type : List.of("keyDown", "keyUp")) {
      command(
          "Input.dispatchKeyEvent",
          Map.of(
              "type", type,
              "key", key,
              "code", key,
              "windowsVirtualKeyCode", code,
              "text", key.equals("Enter") ? "\r" : "",
              "modifiers", shift ? 8 : 0));
    }
  }

  void pressEnter() {
    press("Enter", 13, false);
  }

  /** Asks a question and waits until the answer has ended. */
  void ask(String text) {
    fill("#question", text);
    click("#send");
    await("document.querySelector('#question').value === ''");
    awaitEnd();
  }

  /** Waits until no answer is being written. */
  void awaitEnd() {
    await("document.querySelector('#stop').hidden");
  }

  /** The size of the window in CSS pixels. */
  void resize(int width, int height) {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** What the person prefers: {@code light} or {@code dark}. */
  void prefer(String scheme) {
    command(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Keeps a picture of the page for people, if a folder for them is set. */
  void picture(String name) {
    if (PICTURES.isEmpty()) {
      return;
    }
    String data = command("Page.captureScreenshot", Map.of()).path("data").asString();
    try {
      Files.write(Path.of(PICTURES, name + ".png"), Base64.getDecoder().decode(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    browser.close(context);
  }

  static String quoted(String text) {
    return JsonMapper.shared().writeValueAsString(text);
  }
}
