package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.server.ServerOptions.SavedStates;
import dev.rwkvx.server.TestServer.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatesTest {
  private static final String PATH = "/v1/states";

  @TempDir private Path folder;

  private TestServer server() {
    return new TestServer(options -> options.states(SavedStates.in(folder)));
  }

  private static String continued(TestServer server, String name) throws Exception {
    Reply reply =
        server.post(
            "/v1/completions",
            "{'prompt': ' and then', 'state': '%s', 'max_tokens': 8, 'temperature': 0}"
                .formatted(name));
    assertThat(reply.status()).as(reply.response().body()).isEqualTo(200);
    return reply.at("/choices/0/text").asString();
  }

  @Test
  void statesSurviveARestart() throws Exception {
    String expected;
    try (TestServer server = server()) {
      Reply saved = server.post(PATH, "{'name': 'begin.1', 'prompt': 'Once upon a time'}");
      assertThat(saved.status()).isEqualTo(201);
      assertThat(saved.at("/tokens").asInt()).isEqualTo(16);
      expected = server.alone("Once upon a time and then", 8);
      assertThat(continued(server, "begin.1")).isEqualTo(expected);
    }
    try (TestServer server = server()) {
      assertThat(server.get(PATH).at("/data/0/id").asString()).isEqualTo("begin.1");
      assertThat(continued(server, "begin.1")).isEqualTo(expected);
      assertThat(continued(server, "begin.1")).isEqualTo(expected);
      assertThat(server.delete(PATH + "/begin.1").status()).isEqualTo(200);
      assertThat(server.get(PATH + "/begin.1").status()).isEqualTo(404);
      assertThat(server.get(PATH).at("/data").isEmpty()).isTrue();
    }
  }

  @Test
  void answersCanBeSavedByTheirIds() throws Exception {
    try (TestServer server = server()) {
      Reply answer =
          server.post("/v1/completions", "{'prompt': 'Once', 'max_tokens': 6, 'temperature': 0}");
      String id = answer.at("/id").asString();
      Reply saved = server.post(PATH, "{'name': 'a', 'response': '%s'}".formatted(id));
      assertThat(saved.at("/tokens").asInt()).isEqualTo(10);
      assertThat(server.post(PATH, "{'name': 'a', 'response': 'x'}").status()).isEqualTo(404);
      Reply chat =
          server.post(PATH, "{'name': 'chat', 'messages': [{'role': 'system', 'content': 'Hi'}]}");
      assertThat(chat.at("/tokens").asInt()).isEqualTo("System: Hi\n\n".length());
    }
  }

  @Test
  void anotherStateOfTheNameIsAnother() throws Exception {
    try (TestServer server = server()) {
      server.post(PATH, "{'name': 's', 'prompt': 'The first beginning of all'}");
      assertThat(continued(server, "s"))
          .isEqualTo(server.alone("The first beginning of all and then", 8));
      server.post(PATH, "{'name': 's', 'prompt': 'The other beginning of all'}");
      assertThat(continued(server, "s"))
          .isEqualTo(server.alone("The other beginning of all and then", 8));
    }
  }

  @Test
  void brokenFilesDoNoHarm() throws Exception {
    try (TestServer server = server()) {
      server.post(PATH, "{'name': 'good', 'prompt': 'Once upon a time'}");
      byte[] bytes = Files.readAllBytes(folder.resolve("good.safetensors"));
      Files.write(folder.resolve("half.safetensors"), Arrays.copyOf(bytes, bytes.length / 2));
      Files.writeString(folder.resolve("notes.txt"), "not a state");
      Files.write(folder.resolve(".good.safetensors.1-2.partial"), bytes);
      Reply list = server.get(PATH);
      assertThat(list.at("/data").size()).isEqualTo(3);
      assertThat(list.at("/data/0/usable").asBoolean()).isTrue();
      assertThat(list.at("/data/1/id").asString()).isEqualTo("half");
      assertThat(list.at("/data/1/usable").asBoolean()).isFalse();
      assertThat(list.at("/data/2/problem").asString()).isNotEmpty();
      Reply reply =
          server.post("/v1/completions", "{'prompt': 'x', 'state': 'half', 'max_tokens': 1}");
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.error()).doesNotContain(folder.toString());
      assertThat(server.delete(PATH + "/half").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../up", "..", ".hidden", "a/b", "a b", "", "a\\\\b", "name\\u0000", "ä"})
  void namesAreNoPaths(String name) throws Exception {
    try (TestServer server = server()) {
      Reply reply = server.post(PATH, "{'name': '%s', 'prompt': 'x'}".formatted(name));
      assertThat(reply.status()).isEqualTo(400);
      assertThat(server.get(PATH + "/..%2f..%2fetc%2fpasswd").status()).isBetween(400, 404);
      assertThat(server.delete(PATH + "/%2e%2e").status()).isBetween(400, 405);
      try (var files = Files.list(folder)) {
        assertThat(files).isEmpty();
      }
    }
  }

  @Test
  void moreThanTheLimitsAreNotSaved() throws Exception {
    try (TestServer server =
        new TestServer(options -> options.states(new SavedStates(folder, 2, 1 << 20)))) {
      assertThat(save(server, "a").status()).isEqualTo(201);
      assertThat(save(server, "b").status()).isEqualTo(201);
      Reply third = save(server, "c");
      assertThat(third.status()).isEqualTo(507);
      assertThat(third.error()).contains("at most 2 of 1 MiB");
      // In place of another there is room, and after one is deleted.
      assertThat(save(server, "b").status()).isEqualTo(201);
      assertThat(server.delete(PATH + "/a").status()).isEqualTo(200);
      assertThat(save(server, "c").status()).isEqualTo(201);
      Files.write(folder.resolve("large"), new byte[1 << 20]);
      assertThat(save(server, "c").status()).isEqualTo(507);
      try (var files = Files.list(folder)) {
        assertThat(files).hasSize(3);
      }
    }
  }

  private static Reply save(TestServer server, String name) throws Exception {
    return server.post(PATH, "{'name': '%s', 'prompt': 'Once upon a time'}".formatted(name));
  }

  @Test
  void withoutAFolderThereAreNone() throws Exception {
    try (TestServer server = new TestServer()) {
      assertThat(server.get(PATH).error()).contains("--states-dir");
    }
  }
}
