package dev.rwkvx.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.server.RwkvXServer;
import dev.rwkvx.server.ServerOptions;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The chat page as the server sends it, with the answers of a small untrained model. */
class ChatPageServerTest {
  private static Chromium browser;
  private static RwkvX model;
  private static RwkvXServer server;

  @BeforeAll
  static void start() throws IOException {
    browser = Chromium.start();
    Config config = new Config(256, 64, 32, 3, 1, 16, 2);
    ModelOptions options = ModelOptions.defaults().withThreads(1);
    model = RwkvX.open(RandomModel.create(config, WeightType.F32, 7), options);
    server =
        RwkvXServer.start(
            model, new Tokenizer(Vocabulary.bytes()), ServerOptions.builder("tiny").build());
  }

  @AfterAll
  static void end() throws IOException {
    if (server != null) {
      server.close();
      model.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void showsWhatTheServerStreams() {
    try (Page page = browser.open(URI.create("http://127.0.0.1:" + server.port() + "/"))) {
      page.click("#open-settings");
      page.fill("[name=system]", "Be brief.");
      page.fill("[name=temperature]", "0");
      page.fill("[name=top_p]", "0.5");
      page.fill("[name=top_k]", "10");
      page.fill("[name=presence_penalty]", "0.1");
      page.fill("[name=frequency_penalty]", "0.1");
      page.fill("[name=max_tokens]", "40");
      page.fill("[name=seed]", "3");
      page.clickButton("Done");
      page.ask("Hello?");
      assertThat(page.evaluate("document.querySelector('#notice').hidden").asBoolean())
          .as(page.text("#notice"))
          .isTrue();
      assertThat(page.text("#model")).isEqualTo("tiny");
      assertThat(page.text("article:last-child .under"))
          .containsPattern("[0-9]+ tokens of context")
          .containsPattern("[0-9.]+ tokens/s")
          .containsPattern("cache [0-9.]+ [KM]iB");
      assertThat(shown(page)).isNotEmpty().isEqualTo(whole(page));
      page.picture("server");
    }
  }

  private static String shown(Page page) {
    return page.evaluate("messages.at(-1).content").asString();
  }

  /** The same answer without streaming. */
  private static String whole(Page page) {
    return page.evaluate(
            """
            (() => {
              const answer = messages.pop();
              const body = JSON.stringify({...request(), stream: false, stream_options: undefined});
              messages.push(answer);
              return call('v1/chat/completions', {method: 'POST', body})
                .then(response => response.json())
                .then(answer => answer.choices[0].message.content);
            })()\
            """)
        .asString();
  }
}
