package dev.rwkvx.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.embedding.response.EmbeddingResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import dev.rwkvx.InputException;
import dev.rwkvx.generate.TextModel;
import java.util.ArrayList;
import java.util.List;

/** Texts as vectors: {@link TextModel#embed}. For any number of threads. */
public final class RwkvXEmbeddingModel implements EmbeddingModel {
  private final TextModel model;
  private final List<EmbeddingModelListener> listeners;

  /**
   * Makes vectors with a model that is open.
   *
   * @param model stays the caller's
   * @param listeners hear of requests, responses and errors
   */
  public RwkvXEmbeddingModel(TextModel model, EmbeddingModelListener... listeners) {
    this.model = model;
    this.listeners = List.of(listeners);
  }

  /**
   * The vectors of all inputs.
   *
   * @throws InvalidRequestException when an input is empty or cannot be encoded
   */
  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    List<Embedding> vectors = new ArrayList<>();
    int tokens = 0;
    try {
      for (EmbeddingInput input : request.inputs()) {
        vectors.add(Embedding.from(model.embed(input.text())));
        tokens += model.tokenizer().encode(input.text()).length;
      }
    } catch (InputException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
    return EmbeddingResponse.builder()
        .embeddings(vectors)
        .metadata(
            EmbeddingResponseMetadata.builder()
                .modelName(modelName())
                .tokenUsage(new TokenUsage(tokens))
                .build())
        .build();
  }

  @Override
  public int dimension() {
    return model.model().config().embedding();
  }

  /** The name of the model's file without its ending. */
  @Override
  public String modelName() {
    return ModelSource.name(model);
  }

  @Override
  public List<EmbeddingModelListener> listeners() {
    return listeners;
  }
}
