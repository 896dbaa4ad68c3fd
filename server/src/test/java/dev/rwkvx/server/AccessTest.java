package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.server.ServerOptions.Access;
import dev.rwkvx.server.TestServer.Reply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static TestServer server(List<String> keys, List<String> origins) {
    return new TestServer(
        options -> options.access(new Access(keys, origins, List.of(), Optional.empty())));
  }

  private static Reply models(TestServer server, String header, String value) throws Exception {
    return server.send(server.request("/v1/models").header(header, value).GET().build());
  }

  @Test
  void keysAreAskedFor() throws Exception {
    try (TestServer server = server(List.of("first-key", "second-key"), List.of())) {
      Reply without = server.get("/v1/models");
      assertThat(without.status()).isEqualTo(401);
      assertThat(without.at("/error/code").asString()).isEqualTo("invalid_api_key");
      assertThat(models(server, "Authorization", "Bearer other").status()).isEqualTo(401);
      assertThat(models(server, "Authorization", "Bearer second-key").status()).isEqualTo(200);
      assertThat(server.get("/metrics").status()).isEqualTo(401);
      assertThat(server.get("/health").status()).isEqualTo(200);
    }
  }

  @Test
  void pagesOfOtherOriginsMayNotAsk() throws Exception {
    try (TestServer server = server(List.of(), List.of("https://example.org"))) {
      assertThat(models(server, "Origin", "https://evil.example").status()).isEqualTo(403);
      assertThat(models(server, "Origin", "http://127.0.0.1:" + server.port()).status())
          .isEqualTo(200);
      Reply known = models(server, "Origin", "https://example.org");
      assertThat(known.status()).isEqualTo(200);
      assertThat(known.response().headers().firstValue("Access-Control-Allow-Origin"))
          .contains("https://example.org");
    }
  }

  @Test
  void aLocalServerHasLocalNames() throws Exception {
    try (TestServer server = server(List.of(), List.of())) {
      for (String host : List.of("localhost", "127.0.0.1:8080", "[::1]:1")) {
        assertThat(status(server, host)).contains("200");
      }
      assertThat(status(server, "evil.example")).contains("403");
    }
  }

  @Test
  void anOpenServerHasNumbersAndNamesOfItsOwn() throws Exception {
    Access access = new Access(List.of(), List.of(), List.of("gpu.example"), Optional.empty());
    try (TestServer server =
        new TestServer(options -> options.address("0.0.0.0", 0).access(access))) {
      for (String host :
          List.of("localhost", "127.0.0.1:1", "192.168.0.7:8080", "GPU.example:80")) {
        assertThat(status(server, host)).as(host).contains("200");
      }
      for (String host : List.of("evil.example", "evil.example:80", "1.2.3.4.example", "")) {
        assertThat(status(server, host)).as(host).containsAnyOf("403", "400");
      }
    }
  }

  @Test
  void whoHasNoKeyIsToldHowToBringOne() throws Exception {
    try (TestServer server = server(List.of("key"), List.of())) {
      assertThat(server.get("/v1/models").response().headers().firstValue("WWW-Authenticate"))
          .contains("Bearer");
    }
  }

  private static String status(TestServer server, String host) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      return client.send("GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n").line();
    }
  }

  @Test
  void connectionsCanBeEncrypted(@TempDir Path folder) throws Exception {
    Certificates certificates = Certificates.make(folder);
    for (TlsFiles files :
        List.of(
            new TlsFiles.KeyStoreFile(certificates.keyStore(), Certificates.PASSWORD),
            new TlsFiles.PemFiles(certificates.certificate(), certificates.key()))) {
      Access access = new Access(List.of(), List.of(), List.of(), Optional.of(files));
      try (TestServer server = new TestServer(options -> options.access(access));
          HttpClient client = HttpClient.newBuilder().sslContext(certificates.trusting()).build()) {
        URI uri = URI.create("https://localhost:" + server.port() + "/v1/models");
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).contains("tiny");
      }
    }
  }

  @Test
  void keysThatCannotBeUsedAreNamed(@TempDir Path folder) throws Exception {
    Path other = Files.writeString(folder.resolve("other.pem"), "nothing");
    for (TlsFiles files :
        List.of(
            new TlsFiles.KeyStoreFile(other, "secret"),
            new TlsFiles.KeyStoreFile(folder.resolve("absent.p12"), "secret"),
            new TlsFiles.PemFiles(other, other))) {
      Access access = new Access(List.of(), List.of(), List.of(), Optional.of(files));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> new TestServer(options -> options.access(access)).close())
          .withMessageContaining(folder.toString());
    }
  }
}
