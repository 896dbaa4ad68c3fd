package dev.rwkvx.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rwkvx.server.TestServer.Reply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class EmbeddingsTest {
  private static final String PATH = "/v1/embeddings";
  private static final int SIZE = 64;
  private static final TestServer SERVER = new TestServer();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @Test
  void meanOfTheHiddenStates() throws Exception {
    String text = "Some words to embed";
    double[] sum = new double[SIZE];
    int[] tokens = SERVER.tokenizer.encode(text);
    SERVER.model.hiddenAll(
        tokens,
        0,
        tokens.length,
        SERVER.model.newState(),
        (first, count, hidden) -> {
          for (int i = 0; i < count * SIZE; i++) {
            sum[i % SIZE] += hidden[i];
          }
        });
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    Reply reply = SERVER.post(PATH, "{'model': 'tiny', 'input': ['other', '%s']}".formatted(text));
    JsonNode vector = reply.at("/data/1/embedding");
    assertThat(vector.size()).isEqualTo(SIZE);
    for (int i = 0; i < SIZE; i++) {
      assertThat(vector.get(i).asDouble()).isCloseTo(sum[i] / Math.sqrt(squares), within(1e-6));
    }
    assertThat(reply.at("/usage/prompt_tokens").asInt()).isEqualTo(5 + text.length());
  }

  @Test
  void theLastTokenInBase64() throws Exception {
    Reply numbers = SERVER.post(PATH, "{'input': [65, 66, 67], 'pooling': 'last'}");
    Reply base64 =
        SERVER.post(PATH, "{'input': 'ABC', 'pooling': 'last', 'encoding_format': 'base64'}");
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.at("/data/0/embedding").asString()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < SIZE; i++) {
      assertThat(bytes.getFloat(4 * i))
          .isEqualTo((float) numbers.at("/data/0/embedding/" + i).asDouble());
    }
  }

  @Test
  void wrongRequestsAreRefused() throws Exception {
    assertThat(SERVER.post(PATH, "{'input': 'x', 'dimensions': 3}").status()).isEqualTo(400);
    assertThat(SERVER.post(PATH, "{'input': 'x', 'pooling': 'max'}").error()).contains("mean");
    assertThat(SERVER.post(PATH, "{}").at("/error/param").asString()).isEqualTo("input");
  }
}
