package dev.rwkvx.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.common.StreamingMode;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import org.mockito.InOrder;

/** LangChain4j's tests of streaming chat models, with scripted answers. */
class RwkvXStreamingChatModelContractTest extends AbstractStreamingChatModelIT {
  @Override
  protected List<StreamingChatModel> baseModels() {
    return List.of(createModelWith(ChatRequestParameters.builder().build()));
  }

  @Override
  protected List<StreamingMode> streamingModes() {
    return List.of(StreamingMode.HANDLER, StreamingMode.PUBLISHER);
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return Scripts.chat(RwkvXStreamingChatModel.builder(), parameters);
  }

  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return Scripts.chat(
        RwkvXStreamingChatModel.builder(), ChatRequestParameters.builder().build(), listener);
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected boolean supportsModelNameParameter() {
    return false;
  }

  @Override
  protected boolean supportsPartialToolStreaming(StreamingChatModel model) {
    return false;
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder io, ExpectedToolCall... expected) {
    for (ExpectedToolCall call : expected) {
      io.verify(handler)
          .onCompleteToolCall(complete(call.index(), call.id(), call.name(), call.arguments()));
    }
  }

  /** It waits for half a minute; ConcurrencyTest has one of our own. */
  @Override
  protected boolean supportsStreamingCancellation() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormat() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormatWithSchema() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormatWithRawSchema() {
    return false;
  }

  @Override
  protected boolean supportsSingleImageInputAsBase64EncodedString() {
    return false;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return false;
  }
}
