package dev.rwkvx.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyTest {
  @TempDir private Path folder;
  private FakeHub server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeHub(WorldVocabulary.SOURCES.get(1));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theVocabularyComesFromTheFirstSourceThatHasIt() throws Exception {
    Path shared = Path.of("../../shared/vocab").resolve(WorldVocabulary.FILE);
    assumeThat(shared).as("The test needs the World vocabulary").isRegularFile();
    server.files.put("folder/" + WorldVocabulary.FILE, Files.readAllBytes(shared));
    try (Hub hub = hub()) {
      Path model = model(65536);
      assertThat(hub.vocabulary(model))
          .contains(folder.resolve(WorldVocabulary.FILE))
          .get()
          .satisfies(file -> assertThat(file).hasSameBinaryContentAs(shared));
      int requests = server.requests.size();
      assertThat(hub.vocabulary(model)).contains(folder.resolve(WorldVocabulary.FILE));
      assertThat(server.requests).hasSize(requests);
    }
  }

  @Test
  void anotherFileOfItsNameIsNotTaken() throws Exception {
    byte[] other = new byte[1_093_733];
    new Random(1).nextBytes(other);
    server.files.put(WorldVocabulary.FILE, other);
    try (Hub hub = hub()) {
      Path model = model(65536);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> hub.vocabulary(model))
          .withMessageContaining("was not found: fla-hub/rwkv7-191M-world does not exist at")
          .withMessageContaining("RWKV/rwkv-6-world-1b6 does not have it");
    }
    assertThat(folder.resolve(WorldVocabulary.FILE)).doesNotExist();
  }

  @Test
  void otherModelsNeedNone() throws Exception {
    try (Hub hub = hub()) {
      assertThat(hub.vocabulary(model(256))).isEmpty();
      assertThat(hub.vocabulary(model(500))).isEmpty();
    }
    assertThat(server.requests).isEmpty();
  }

  @Test
  void aRepositoryWithAVocabularyOfItsOwnNeedsNoOther() throws Exception {
    Path model = model(65536);
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    try (Hub hub = hub()) {
      // Without config.json the folder is that of downloads, and the file may be of another model.
      assertThatExceptionOfType(InputException.class).isThrownBy(() -> hub.vocabulary(model));
      Files.writeString(folder.resolve("config.json"), "{}");
      server.requests.clear();
      assertThat(hub.vocabulary(model)).isEmpty();
    }
    assertThat(server.requests).isEmpty();
  }

  private Hub hub() {
    PullListener silent =
        new PullListener() {
          @Override
          public void progress(String step, long start, long done, long size) {}

          @Override
          public void note(String sentence) {}
        };
    Patience patience =
        new Patience(
            Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMillis(1), Duration.ZERO, 3);
    return new Hub(
        Endpoint.of(server.address(), null),
        new ModelStore(folder, new SharedCache(folder.resolve("none"))),
        patience,
        silent);
  }

  /** As much of a model as tells its sizes: one block of width 1. */
  private Path model(int vocabulary) throws IOException {
    String header =
        """
        {"emb.weight": {"dtype": "BF16", "shape": [%d, 1], "data_offsets": [0, %d]},
         "blocks.0.att.r_k": {"dtype": "BF16", "shape": [1, 1], "data_offsets": [%d, %d]},
         "blocks.0.ln1.weight": {"dtype": "BF16", "shape": [1], "data_offsets": [%d, %d]}}\
        """
            .formatted(
                vocabulary,
                2 * vocabulary,
                2 * vocabulary,
                2 * vocabulary + 2,
                2 * vocabulary + 2,
                2 * vocabulary + 4);
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + json.length + 2 * vocabulary + 4);
    file.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    return Files.write(folder.resolve("model-" + vocabulary + ".safetensors"), file.array());
  }
}
