package dev.rwkvx.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** LangChain4j's tests of embedding models, with a small untrained model. */
class RwkvXEmbeddingModelContractTest extends AbstractEmbeddingModelIT {
  private static final Config CONFIG = new Config(256, 64, 32, 2, 1, 16, 2);

  private final RwkvX random =
      RwkvX.open(
          RandomModel.create(CONFIG, WeightType.F32, 3), ModelOptions.defaults().withThreads(1));
  private final TextModel model = new TextModel(random, Vocabulary.bytes());

  @AfterAll
  void close() {
    model.close();
  }

  @Test
  void aVectorIsTheMeanOfTheHiddenStatesWithLengthOne() {
    String text = "word ".repeat(300);
    int[] tokens = model.tokenizer().encode(text);
    double[] sum = new double[64];
    try (State state = random.newState()) {
      random.hiddenAll(
          tokens,
          0,
          tokens.length,
          state,
          (first, count, hidden) -> {
            for (int i = 0; i < count * 64; i++) {
              sum[i % 64] += hidden[i];
            }
          });
    }
    float[] vector = model.embed(text);
    double length = 0;
    double dot = 0;
    double squares = 0;
    for (int i = 0; i < 64; i++) {
      length += vector[i] * vector[i];
      dot += vector[i] * sum[i];
      squares += sum[i] * sum[i];
    }
    assertThat(length).isCloseTo(1, within(1e-6));
    assertThat(dot).isCloseTo(Math.sqrt(squares), within(1e-6 * Math.sqrt(squares)));
  }

  @Override
  protected List<EmbeddingModel> models() {
    return List.of(new RwkvXEmbeddingModel(model));
  }

  @Override
  protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
    return new RwkvXEmbeddingModel(model, listener);
  }

  /** Its vocabulary cannot say hello. */
  @Override
  protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
    byte[] x = "x".getBytes(StandardCharsets.UTF_8);
    TextModel mute = new TextModel(random, Vocabulary.of("x", List.of(x)));
    return new RwkvXEmbeddingModel(mute, listener);
  }

  @Override
  protected boolean supportsInputTypeParameter() {
    return false;
  }

  @Override
  protected boolean supportsDimensionsParameter() {
    return false;
  }

  @Override
  protected boolean supportsImageInput() {
    return false;
  }
}
