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
  private final Leasts leasts;

  private JsonConstraints(Form form) {
    this.form = form;
    leasts = new Leasts(form);
  }

  /** {@return any JSON object} */
  public static JsonConstraints object() {
    return new JsonConstraints(new Json(new Forms()).object());
  }

  /**
   * What a JSON Schema describes, for the part of the language that {@code docs/serving.md} lists.
   *
   * @param schema an object, or a truth value
   * @return texts of that form
   * @throws SchemaException when that is not possible, or the schema is larger than the limits
   *     allow
   */
  public static JsonConstraints schema(JsonNode schema) {
    Form form = new SchemaReader(new Forms()).form(schema);
    return new JsonConstraints(form).requireFinite(List.of(form));
  }

  /**
   * {@return a call {@code {"name": …, "arguments": {…}}} of one of several functions}
   *
   * @param parameters schema of the arguments by name of the function
   * @throws SchemaException when one of them cannot be followed, or all together are larger than
   *     the limits allow
   */
  public static JsonConstraints call(Map<String, JsonNode> parameters) {
    Forms forms = new Forms();
    SchemaReader reader = new SchemaReader(forms);
    List<Form> calls = new ArrayList<>();
    parameters.forEach((name, schema) ->
        calls.add(
            forms.sequence(
                forms.literal("{\"name\": " + StringNode.valueOf(name) + ", \"arguments\": "),
                reader.form(schema),
                forms.literal("}"))));
    return new JsonConstraints(forms.choice(calls)).requireFinite(calls);
  }

  private JsonConstraints requireFinite(List<Form> forms) {
    if (forms.stream().anyMatch(one -> leasts.of(one) >= Leasts.ENDLESS)) {
      throw new SchemaException("#", "allows no value of finite length");
    }
    return this;
  }

  /**
   * {@return the constraint for one more text}
   *
   * @param order the model's vocabulary, sorted
   * @param stopTokens which end the text; ids of the vocabulary
   * @param stillWanted throws when nobody waits for the text any more; asked now and then while
   *     tokens are looked through
   */
  public TokenConstraint constraint(
      TokenOrder order, Set<Integer> stopTokens, Runnable stillWanted) {
    return new FormConstraint(automaton(stillWanted), order, stopTokens);
  }

  Automaton automaton(Runnable stillWanted) {
    return new Automaton(form, leasts, stillWanted);
  }
}
