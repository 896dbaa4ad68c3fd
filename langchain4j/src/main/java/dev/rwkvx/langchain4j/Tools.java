package dev.rwkvx.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.ToolFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tools of a request in the form that G1 models know: a System turn lists them, a call is a
 * {@code json} code fence with {@code {"name": …, "arguments": {…}}}, or a list of these.
 *
 * @param specifications may be empty
 * @param required whether nothing but a call will do
 */
record Tools(List<ToolSpecification> specifications, boolean required) {
  private static final JsonMapper JSON = JsonMapper.shared();

  Tools {
    specifications = List.copyOf(specifications);
  }

  boolean isEmpty() {
    return specifications.isEmpty();
  }

  /** The System turn that lists them. */
  Turn listing() {
    List<Map<String, Object>> functions = specifications.stream().map(Tools::function).toList();
    return ToolFormat.listing(JSON.writeValueAsString(functions), required);
  }

  private static Map<String, Object> function(ToolSpecification tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", tool.name());
    if (tool.description() != null) {
      function.put("description", tool.description());
    }
    function.put(
        "arguments",
        tool.parameters() == null
            ? Map.of()
            : JsonSchemaElementUtils.toMap(tool.parameters().properties()));
    return function;
  }

  /** The text of an Assistant turn that made these calls. */
  static String fence(List<ToolExecutionRequest> calls) {
    String objects =
        calls.stream()
            .map(call ->
                "{\"name\": %s, \"arguments\": %s}"
                    .formatted(JSON.writeValueAsString(call.name()), call.arguments()))
            .collect(Collectors.joining(", "));
    return ToolFormat.call(calls.size() == 1 ? objects : "[" + objects + "]");
  }

  /** Whether an answer that begins so calls tools. */
  boolean areCalledBy(String start) {
    return !isEmpty() && start.startsWith(ToolFormat.CALL);
  }

  /** Whether an answer that begins so may still turn out to call tools. */
  boolean mayBeCalledBy(String start) {
    return !isEmpty() && ToolFormat.CALL.startsWith(start);
  }

  /**
   * The calls in a code fence.
   *
   * @param fence begins with the fence; what follows its end is passed over
   * @return none if something else stands there, or a tool that there is not
   */
  List<ToolExecutionRequest> callsIn(String fence) {
    int end = fence.indexOf(ToolFormat.FENCE, ToolFormat.CALL.length());
    String json = fence.substring(ToolFormat.CALL.length(), end < 0 ? fence.length() : end);
    Set<String> names =
        specifications.stream().map(ToolSpecification::name).collect(Collectors.toSet());
    List<ToolExecutionRequest> calls = new ArrayList<>();
    try {
      JsonNode root = JSON.readTree(json);
      for (JsonNode call : root.isArray() ? root : List.of(root)) {
        JsonNode arguments = call.path("arguments");
        if (!names.contains(call.path("name").asString("")) || !arguments.isObject()) {
          return List.of();
        }
        calls.add(
            ToolExecutionRequest.builder()
                .id("call_" + UUID.randomUUID())
                .name(call.path("name").asString(""))
                .arguments(arguments.toString())
                .build());
      }
    } catch (JacksonException e) {
      return List.of();
    }
    return calls;
  }
}
