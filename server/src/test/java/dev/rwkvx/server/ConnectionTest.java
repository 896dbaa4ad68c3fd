package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where one request ends and the next begins, whatever a client sends. */
@Timeout(60)
class ConnectionTest {
  private static final int MAX_BODY = 1 << 18;
  private static final String HEAD =
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final String CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String MODELS = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n";
  private static final String BODY = "{\"prompt\": \"x\", \"max_tokens\": 1}";

  private final TestServer server = new TestServer(options -> options.maxBody(MAX_BODY));
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Logger root = Logger.getLogger("");
  private final Handler listener =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
            log.add(record.getMessage() + record.getThrown());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    root.addHandler(listener);
  }

  @AfterEach
  void close() {
    server.close();
    root.removeHandler(listener);
    assertThat(log).isEmpty();
  }

  /** All that comes before the server closes the connection. */
  private String answers(String request) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      return client.send(request).all();
    }
  }

  private static int count(String answers) {
    return answers.split("HTTP/1\\.1 ", -1).length - 1;
  }

  private static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  @Test
  void nothingBehindABodyThatIsTooLargeIsARequest() throws Exception {
    String next = MODELS + "\r\n";
    String atOnce = answers(CHUNKED + "2000000\r\n" + next);
    assertThat(atOnce).startsWith("HTTP/1.1 413").doesNotContain("tiny");
    assertThat(count(atOnce)).isEqualTo(1);
    String inPieces = answers(CHUNKED + chunk(" ".repeat(1 << 16)).repeat(5) + next);
    assertThat(inPieces).startsWith("HTTP/1.1 413").doesNotContain("tiny");
    assertThat(count(inPieces)).isEqualTo(1);
    String announced = answers(HEAD + "Content-Length: 99999999\r\n\r\n" + next);
    assertThat(announced).startsWith("HTTP/1.1 413");
    assertThat(count(announced)).isEqualTo(1);
  }

  @Test
  void whoSaysCloseIsTheLast() throws Exception {
    String answers = answers(MODELS + "Connection: close\r\n\r\n" + MODELS + "\r\n");
    assertThat(answers).startsWith("HTTP/1.1 200").contains("Connection: close");
    assertThat(count(answers)).isEqualTo(1);
  }

  @Test
  void chunksMayHaveExtensionsAndTrailersAndAnySize() throws Exception {
    String last = "0\r\n\r\n" + MODELS + "Connection: close\r\n\r\n";
    String size = Integer.toHexString(BODY.length());
    for (String body :
        List.of(
            chunk(BODY) + last,
            "0000" + size + " ; name=value\r\n" + BODY + "\r\n" + last,
            chunk(BODY.substring(0, 2)) + chunk(BODY.substring(2)) + last,
            chunk(BODY + " ".repeat(200_000)) + last,
            chunk(BODY) + "0;end\r\nX-One: 1\r\nX-Two: 2\r\n" + last.substring(3))) {
      String answers = answers(CHUNKED + body);
      assertThat(answers).startsWith("HTTP/1.1 200").contains("text_completion").contains("tiny");
      assertThat(count(answers)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-5\r\nSECRET",
        "SECRET\r\n",
        "\r\nSECRET",
        "fffffffffff\r\nSECRET",
        "6\nSECRET\n0\n\n",
        "3\r\nSECRET\r\n0\r\n\r\n",
        "0x6\r\nSECRET\r\n0\r\n\r\n",
        "6 6\r\nSECRET\r\n0\r\n\r\n"
      })
  void chunksThatAreNoneAreNamedAndNotQuoted(String body) throws Exception {
    String answers = answers(CHUNKED + body + MODELS + "\r\n");
    assertThat(answers)
        .startsWith("HTTP/1.1 400")
        .contains("\"bad_http\"")
        .doesNotContain("SECRET");
    assertThat(count(answers)).isEqualTo(1);
  }

  @Test
  void longLinesAreNotCollected() throws Exception {
    String answers = answers(CHUNKED + "6;" + "SECRET".repeat(100_000));
    assertThat(answers).startsWith("HTTP/1.1 400").doesNotContain("SECRET");
  }

  @Test
  void whoLeavesInTheMiddleIsNoMatterForTheLog() throws Exception {
    for (String beginning :
        List.of(HEAD, HEAD + "Content-Length: 100\r\n\r\n{\"pro", CHUNKED + "9\r\n{")) {
      try (RawClient client = new RawClient(server.port())) {
        client.send(beginning);
      }
    }
    assertThat(server.get("/health").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"NONSENSE\r\n\r\n", "GET /\u0007 HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"})
  void whatIsNoRequestIsAnsweredInASentence(String request) throws Exception {
    assertThat(answers(request)).contains("\"message\":\"Th").doesNotContain("null\",\"type");
  }

  @Test
  void emptyLinesBeforeARequestArePassedOver() throws Exception {
    String answers =
        answers("\r\n" + MODELS + "\r\n" + "\r\n\r\n" + MODELS + "Connection: close\r\n\r\n");
    assertThat(count(answers)).isEqualTo(2);
    assertThat(answers).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({"/, 200", "/health, 200", "/metrics, 200", "/v1/models, 200", "/nothing, 404"})
  void whoAsksForTheHeadGetsNothingElse(String path, int status) throws Exception {
    String request = "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    String answers = answers(request + "\r\n" + request + "Connection: close\r\n\r\n");
    assertThat(count(answers)).isEqualTo(2);
    assertThat(answers).startsWith("HTTP/1.1 " + status).endsWith("\r\n\r\n");
    assertThat(answers.split("\r\n\r\n", -1)).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | /v1/completions | POST",
        "POST | /health         | GET, HEAD",
        "PUT  | /v1/states      | GET, HEAD, POST",
        "PUT  | /v1/states/a    | GET, HEAD, DELETE",
        "POST | /v1/models/tiny | GET, HEAD"
      })
  void otherMethodsAreNamed(String method, String path, String allowed) throws Exception {
    String answers =
        answers(
            method
                + " "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Connection: close\r\n\r\n");
    assertThat(answers).startsWith("HTTP/1.1 405").contains("Allow: " + allowed + "\r\n");
  }

  @Test
  void otherTypesAreNoJson() throws Exception {
    for (String type : List.of("application/jsonx", "text/plain", "")) {
      assertThat(
              answers(
                  "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      + ("Content-Type: " + type + "\r\nContent-Length: 2\r\n\r\n{}")))
          .startsWith("HTTP/1.1 415");
    }
  }
}
