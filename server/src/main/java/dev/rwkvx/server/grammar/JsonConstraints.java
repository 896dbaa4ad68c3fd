package dev.rwkvx.server.grammar;

import dev.rwkvx.generate.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Constraints that let a text be JSON. A form is compiled once and constrains many texts. */
public final class JsonConstraints {
  private final Form form;

  private JsonConstraints(Form form) {
    this.form = form;
  }

  /** {@return any JSON object} */
  public static JsonConstraints object() {
    return new JsonConstraints(Json.OBJECT);
  }

  /**
   * What a JSON Schema describes, for the part of the language that {@code docs/serving.md} lists.
   *
   * @param schema an object, or a truth value
   * @return texts of that form
   * @throws SchemaException when that is not possible
   */
  public static JsonConstraints schema(JsonNode schema) {
    return new JsonConstraints(Schema.form(schema));
  }

  /**
   * {@return a call {@code {"name": …, "arguments": {…}}} of one of several functions}
   *
   * @param parameters schema of the arguments by name of the function
   * @throws SchemaException when one of them cannot be followed
   */
  public static JsonConstraints call(Map<String, JsonNode> parameters) {
    List<Form> calls = new ArrayList<>();
    parameters.forEach((name, schema) ->
        calls.add(
            Form.sequence(
                Form.literal("{\"name\": " + StringNode.valueOf(name) + ", \"arguments\": "),
                Schema.form(schema),
                Form.literal("}"))));
    return new JsonConstraints(Form.choice(calls));
  }

  /**
   * {@return the least tokens that hold the shortest such text, where each may be a single byte,
   * its end included}
   */
  public long leastTokens() {
    return form.least() + 1;
  }

  /**
   * {@return the constraint for one more text}
   *
   * @param order the model's vocabulary, sorted
   * @param stopTokens which end the text; ids of the vocabulary
   */
  public TokenConstraint constraint(TokenOrder order, Set<Integer> stopTokens) {
    return new FormConstraint(form, order, stopTokens);
  }
}
