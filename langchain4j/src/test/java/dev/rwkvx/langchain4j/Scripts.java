package dev.rwkvx.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.rwkvx.generate.SamplingOptions;
import java.util.List;

/** What LangChain4j's tests ask, and what a good model says to it. */
final class Scripts {
  private static final String WEATHER =
      "{\"name\": \"getWeather\", \"arguments\": {\"city\": \"Munich\"}}";
  private static final String TIME =
      "{\"name\": \"getTime\", \"arguments\": {\"country\": \"France\"}}";
  private static final String CURRENT_TIME = "{\"name\": \"get_current_time\", \"arguments\": {}}";

  private Scripts() {}

  static ScriptedModel model() {
    return new ScriptedModel()
        .on("capital of Germany", " The capital of Germany is Berlin.")
        .on("I love you", " Ich liebe dich.")
        .on("my favorite color", " It is green.")
        .on("story", " Once upon a time there was a fox who lived in a wood.")
        .on("Hello World", " Hello World")
        .on("in parallel", call("[" + WEATHER + ", " + TIME + "]"))
        .on("weather in Munich", call(WEATHER))
        .on("I live in Munich", call(WEATHER))
        .on("time now", call(CURRENT_TIME))
        .on("Function output:\nsunny", " It is sunny in Munich.")
        .on("Function output:\n10:14", " It is 10:14.")
        .on("Function output:\n14:35", " It is sunny in Munich and 14:35 in France.");
  }

  private static String call(String json) {
    return " ```json\n" + json + "\n```";
  }

  /** A chat model with the scripted answers. */
  static <M> M chat(
      RwkvXBuilder<M> builder, ChatRequestParameters parameters, ChatModelListener... listeners) {
    return builder
        .sampling(SamplingOptions.greedy())
        .defaultRequestParameters(parameters)
        .listeners(List.of(listeners))
        .build(model());
  }
}
