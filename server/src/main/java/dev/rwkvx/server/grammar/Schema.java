package dev.rwkvx.server.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * The JSON that a JSON Schema describes, for a part of that language: {@code type} (one or
 * several), {@code properties}, {@code required}, {@code additionalProperties}, {@code items},
 * {@code minItems}, {@code maxItems}, {@code minLength}, {@code maxLength}, {@code enum}, {@code
 * const}, {@code anyOf}, and {@code $ref} to {@code #} and to {@code $defs} or {@code definitions}
 * of the root. Annotations such as {@code description} are passed over; any other keyword is an
 * error.
 *
 * <p>Properties come in the order of the schema, and none beyond them, which every schema allows;
 * {@code additionalProperties} counts where there are no {@code properties}.
 */
final class Schema {
  private static final int MOST_TIMES = 10_000;
  private static final int DEEPEST = 64;

  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions");

  private static final Set<String> OBJECT =
      Set.of("properties", "required", "additionalProperties");
  private static final Set<String> ARRAY = Set.of("items", "minItems", "maxItems");
  private static final Set<String> STRING = Set.of("minLength", "maxLength");

  private final JsonNode root;

  /** The least bytes of what the references mean, by their text, as far as is known. */
  private final Map<String, Long> leasts;

  private final Map<String, Form.Reference> references = new HashMap<>();
  private int depth;

  /** References that are being followed with nothing between them. */
  private Set<String> following = new HashSet<>();

  private Schema(JsonNode root, Map<String, Long> leasts) {
    this.root = root;
    this.leasts = leasts;
  }

  /**
   * The form of all texts that the schema describes.
   *
   * @throws SchemaException when the schema is none, uses more than is supported, or allows nothing
   */
  static Form form(JsonNode schema) {
    // What a reference means may contain it, so the least lengths are found by repetition.
    Map<String, Long> leasts = new HashMap<>();
    while (true) {
      Schema pass = new Schema(schema, leasts);
      Form form = pass.value(schema, "#");
      boolean changed = false;
      for (Map.Entry<String, Form.Reference> entry : pass.references.entrySet()) {
        long least = entry.getValue().target().least();
        Long known = leasts.put(entry.getKey(), least);
        changed |= known == null || known != least;
      }
      if (!changed) {
        if (form.least() >= Form.ENDLESS) {
          throw new SchemaException("#", "allows no value of finite length");
        }
        return form;
      }
    }
  }

  private Form value(JsonNode schema, String path) {
    if (schema.isBoolean() && schema.booleanValue()) {
      return Json.VALUE;
    }
    if (!schema.isObject()) {
      throw new SchemaException(path, "is no object");
    }
    if (++depth > DEEPEST) {
      throw new SchemaException(path, "is nested too deeply");
    }
    Form form = object(schema, path);
    depth--;
    return form;
  }

  private Form object(JsonNode schema, String path) {
    Set<String> keywords = new HashSet<>(schema.propertyNames());
    keywords.removeAll(ANNOTATIONS);
    for (String whole : List.of("$ref", "const", "enum", "anyOf")) {
      if (keywords.remove(whole)) {
        keywords.remove("type");
        refuse(keywords, path);
        return whole(whole, schema.get(whole), path);
      }
    }
    JsonNode type = schema.get("type");
    if (type == null) {
      if (!keywords.isEmpty() && !OBJECT.containsAll(keywords)) {
        refuse(keywords, path);
      }
      return keywords.isEmpty() ? Json.VALUE : typed("object", schema, path);
    }
    List<Form> alternatives = new ArrayList<>();
    Set<String> known = new HashSet<>(Set.of("type"));
    for (JsonNode one : type.isArray() ? type : List.of(type)) {
      String name = one.isString() ? one.stringValue() : "";
      alternatives.add(typed(name, schema, path));
      known.addAll(keywordsOf(name));
    }
    keywords.removeAll(known);
    refuse(keywords, path);
    return Form.choice(alternatives);
  }

  private static void refuse(Set<String> keywords, String path) {
    if (!keywords.isEmpty()) {
      String keyword = keywords.stream().sorted().findFirst().orElseThrow();
      throw new SchemaException(path, "uses '" + keyword + "', which is not supported here");
    }
  }

  private Form whole(String keyword, JsonNode value, String path) {
    String here = path + "/" + keyword;
    return switch (keyword) {
      case "$ref" -> reference(value, path);
      case "const" -> Form.literal(value.toString());
      default -> {
        if (!value.isArray() || value.isEmpty()) {
          throw new SchemaException(here, "is no list of alternatives");
        }
        List<Form> alternatives = new ArrayList<>();
        for (JsonNode one : value) {
          alternatives.add(
              keyword.equals("enum")
                  ? Form.literal(one.toString())
                  : value(one, here + "/" + alternatives.size()));
        }
        yield Form.choice(alternatives);
      }
    };
  }

  private static Set<String> keywordsOf(String type) {
    return switch (type) {
      case "object" -> OBJECT;
      case "array" -> ARRAY;
      case "string" -> STRING;
      default -> Set.of();
    };
  }

  private Form typed(String type, JsonNode schema, String path) {
    // Within brackets a reference may come back to where it is.
    Set<String> outside = following;
    following = new HashSet<>();
    Form form = bracketed(type, schema, path);
    following = outside;
    return form;
  }

  private Form bracketed(String type, JsonNode schema, String path) {
    return switch (type) {
      case "object" -> properties(schema, path);
      case "array" -> {
        JsonNode items = schema.get("items");
        Form item = items == null ? Json.VALUE : value(items, path + "/items");
        int fewest = count(schema, "minItems", path).orElse(0);
        yield Json.array(item, fewest, most(schema, "maxItems", fewest, path));
      }
      case "string" -> {
        int fewest = count(schema, "minLength", path).orElse(0);
        yield Json.string(fewest, most(schema, "maxLength", fewest, path));
      }
      case "integer" -> Json.INTEGER;
      case "number" -> Json.NUMBER;
      case "boolean" -> Json.BOOLEAN;
      case "null" -> Json.NULL;
      default -> throw new SchemaException(path, "has no type that JSON knows");
    };
  }

  private static int most(JsonNode schema, String keyword, int fewest, String path) {
    int most = count(schema, keyword, path).orElse(Form.UNBOUNDED);
    if (most != Form.UNBOUNDED && most < fewest) {
      throw new SchemaException(path, "allows less by '" + keyword + "' than it demands");
    }
    return most;
  }

  private static Optional<Integer> count(JsonNode schema, String keyword, String path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.canConvertToInt() || value.intValue() < 0 || value.intValue() > MOST_TIMES) {
      throw new SchemaException(
          path, "has a '" + keyword + "' that is no whole number in 0 … " + MOST_TIMES);
    }
    return Optional.of(value.intValue());
  }

  private Form reference(JsonNode value, String path) {
    String target = value.isString() ? value.stringValue() : "";
    if (following.contains(target)) {
      throw new SchemaException(path, "refers to '" + target + "', which is itself");
    }
    Form.Reference known = references.get(target);
    if (known != null) {
      return known;
    }
    JsonNode schema = resolve(target);
    if (schema == null) {
      throw new SchemaException(
          path,
          "refers to '" + target + "'; only #, #/$defs/NAME and #/definitions/NAME are known");
    }
    Form.Reference reference = new Form.Reference(leasts.getOrDefault(target, Form.ENDLESS));
    references.put(target, reference);
    following.add(target);
    reference.become(value(schema, target));
    following.remove(target);
    return reference;
  }

  private @Nullable JsonNode resolve(String target) {
    if (target.equals("#")) {
      return root;
    }
    String[] parts = target.split("/", 3);
    boolean local =
        parts.length == 3
            && parts[0].equals("#")
            && (parts[1].equals("$defs") || parts[1].equals("definitions"));
    JsonNode definitions = local ? root.get(parts[1]) : null;
    return definitions == null ? null : definitions.get(parts[2]);
  }

  private Form properties(JsonNode schema, String path) {
    JsonNode properties = schema.get("properties");
    Set<String> required = required(schema, path);
    if (properties == null || properties.isEmpty()) {
      if (!required.isEmpty()) {
        throw new SchemaException(path, "requires properties that it does not describe");
      }
      JsonNode additional = schema.get("additionalProperties");
      if (additional != null && additional.isBoolean() && !additional.booleanValue()) {
        return Json.object(Form.sequence());
      }
      return Json.map(
          additional == null ? Json.VALUE : value(additional, path + "/additionalProperties"));
    }
    if (!properties.isObject()) {
      throw new SchemaException(path, "has properties that are no object");
    }
    List<Member> members = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      String name = property.getKey();
      Form value = value(property.getValue(), path + "/properties/" + name);
      members.add(new Member(name, value, required.remove(name)));
    }
    if (!required.isEmpty()) {
      throw new SchemaException(
          path, "requires '" + required.iterator().next() + "' without describing it");
    }
    return Json.object(members(members));
  }

  private static Set<String> required(JsonNode schema, String path) {
    Set<String> required = new HashSet<>();
    JsonNode list = schema.get("required");
    if (list == null) {
      return required;
    }
    if (!list.isArray()) {
      throw new SchemaException(path, "has a 'required' that is no list");
    }
    for (JsonNode name : list) {
      if (!name.isString()) {
        throw new SchemaException(path, "has a 'required' that is no list of names");
      }
      required.add(name.stringValue());
    }
    return required;
  }

  private record Member(String name, Form value, boolean required) {}

  /** From the last to the first: what may follow when one stands before it, and when none does. */
  private static Form members(List<Member> members) {
    Form afterOne = Form.sequence();
    Form afterNone = Form.sequence();
    for (Member member : members.reversed()) {
      Form alone =
          Form.sequence(
              Form.literal(quoted(member.name)), Form.literal(":"), Json.SPACE, member.value);
      Form first = Form.sequence(alone, afterOne);
      Form next = Form.sequence(Form.literal(","), Json.SPACE, alone, afterOne);
      afterOne = member.required ? next : Form.choice(next, afterOne);
      afterNone = member.required ? first : Form.choice(first, afterNone);
    }
    return afterNone;
  }

  private static String quoted(String name) {
    return StringNode.valueOf(name).toString();
  }
}
