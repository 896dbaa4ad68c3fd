package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.ToolFormat;
import dev.rwkvx.server.grammar.JsonConstraints;
import dev.rwkvx.server.grammar.SchemaException;
import dev.rwkvx.server.http.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The functions that a model may call, in the form that the G1 models were trained on: a System
 * turn with the functions, and calls as JSON in a code fence.
 *
 * @param functions parameters by name, in the order of the request
 * @param listed as the System turn tells them
 * @param choice whether a call is left to the model, demanded or ruled out
 */
record Tools(Map<String, JsonNode> functions, List<String> listed, Choice choice) {
  /** Who decides about a call. */
  enum Choice {
    NONE,
    AUTO,
    REQUIRED
  }

  /** A call as OpenAI's clients know it; the index is for streams. */
  record Call(
      @JsonInclude(Include.NON_NULL) @Nullable Integer index,
      @JsonInclude(Include.NON_NULL) @Nullable String id,
      @JsonInclude(Include.NON_NULL) @Nullable String type,
      Function function) {}

  /** Name and arguments, or in streams a piece of these. */
  record Function(@JsonInclude(Include.NON_NULL) @Nullable String name, String arguments) {}

  /** The tools of a request; none if it has none. */
  static Tools read(Fields fields) {
    Map<String, JsonNode> functions = new LinkedHashMap<>();
    List<String> listed = new ArrayList<>();
    int index = 0;
    for (JsonNode node : fields.list("tools")) {
      Fields tool = Fields.of(node, "tools[" + index++ + "]");
      if (!tool.requiredText("type").equals("function")) {
        throw ApiException.badRequest(tool.path("type"), "Tools other than functions are unknown");
      }
      Fields function = tool.object("function").orElseThrow(() -> tool.missing("function"));
      String name = function.requiredText("name");
      Optional<JsonNode> parameters = function.node("parameters");
      ObjectNode line = JsonNodeFactory.instance.objectNode().put("name", name);
      function.text("description").ifPresent(text -> line.put("description", text));
      JsonNode properties = parameters.map(schema -> schema.get("properties")).orElse(null);
      line.set(
          "arguments", properties == null ? JsonNodeFactory.instance.objectNode() : properties);
      listed.add(line.toString());
      JsonNode any = JsonNodeFactory.instance.objectNode().put("type", "object");
      if (functions.put(name, parameters.orElse(any)) != null) {
        throw ApiException.badRequest(function.path("name"), "Two tools are named '" + name + "'");
      }
      function.done(Set.of("strict"));
      tool.done(Set.of());
    }
    return choose(fields, functions, listed);
  }

  private static Tools choose(Fields fields, Map<String, JsonNode> functions, List<String> listed) {
    Optional<JsonNode> given = fields.node("tool_choice");
    if (given.isEmpty()) {
      return new Tools(functions, listed, functions.isEmpty() ? Choice.NONE : Choice.AUTO);
    }
    if (given.get().isString()) {
      Choice choice =
          switch (given.get().stringValue()) {
            case "none" -> Choice.NONE;
            case "auto" -> functions.isEmpty() ? Choice.NONE : Choice.AUTO;
            case "required" -> Choice.REQUIRED;
            default -> throw wrongChoice();
          };
      if (choice == Choice.REQUIRED && functions.isEmpty()) {
        throw ApiException.badRequest("tool_choice", "'tool_choice' is required without tools");
      }
      return new Tools(functions, listed, choice);
    }
    Fields one = Fields.of(given.get(), "tool_choice");
    String name =
        one.object("function")
            .map(function -> function.requiredText("name"))
            .orElseThrow(Tools::wrongChoice);
    JsonNode parameters = functions.get(name);
    if (parameters == null) {
      throw ApiException.badRequest(
          "tool_choice", "'tool_choice' names '" + name + "', which is no tool");
    }
    return new Tools(Map.of(name, parameters), listed, Choice.REQUIRED);
  }

  private static ApiException wrongChoice() {
    return ApiException.badRequest(
        "tool_choice", "'tool_choice' must be none, auto, required or a function by its name");
  }

  /** The System turn that tells of them. */
  Turn turn() {
    String functions = "[" + String.join(",\n", listed) + "]";
    return ToolFormat.listing(functions, choice == Choice.REQUIRED);
  }

  /** Lets an answer be a call; arguments whose schema is beyond us may be any object. */
  JsonConstraints constraint() {
    try {
      return JsonConstraints.call(functions);
    } catch (SchemaException e) {
      throw ApiException.badRequest("tools", "unsupported_schema", "In 'tools', " + e.getMessage());
    }
  }

  /** The calls of an earlier answer, as the model had written them. */
  static Optional<String> callsText(Fields message) {
    List<String> texts = new ArrayList<>();
    for (JsonNode node : message.list("tool_calls")) {
      Fields call = Fields.of(node, message.path("tool_calls") + "[" + texts.size() + "]");
      Fields function = call.object("function").orElseThrow(() -> call.missing("function"));
      String name = function.requiredText("name");
      JsonNode arguments = ApiJson.parse(function.requiredText("arguments"));
      if (arguments == null) {
        throw ApiException.badRequest(function.path("arguments"), "Arguments must be JSON");
      }
      ObjectNode text = JsonNodeFactory.instance.objectNode().put("name", name);
      text.set("arguments", arguments);
      texts.add(ToolFormat.call(text.toString()));
    }
    return texts.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", texts));
  }

  /** Whether a text that begins so may still become a call. */
  static boolean mayBeCall(String beginning) {
    String text = beginning.strip();
    return text.startsWith("{")
        || text.startsWith(ToolFormat.CALL)
        || ToolFormat.CALL.startsWith(text);
  }

  /** The call that a text is, or nothing if it is none of these functions'. */
  Optional<Call> call(String text) {
    String json = text.strip();
    if (json.startsWith(ToolFormat.FENCE)) {
      int begin = json.indexOf('{');
      int end = json.lastIndexOf('}');
      json = begin < 0 || end < begin ? "" : json.substring(begin, end + 1);
    }
    JsonNode node = ApiJson.parse(json);
    JsonNode name = node == null ? null : node.get("name");
    JsonNode arguments = node == null ? null : node.get("arguments");
    if (name == null
        || arguments == null
        || !arguments.isObject()
        || !name.isString()
        || !functions.containsKey(name.stringValue())) {
      return Optional.empty();
    }
    Function function = new Function(name.stringValue(), arguments.toString());
    return Optional.of(new Call(null, Service.newId("call"), "function", function));
  }
}
