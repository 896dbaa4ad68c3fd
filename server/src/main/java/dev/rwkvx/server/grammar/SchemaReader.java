package dev.rwkvx.server.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
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
 *
 * <p>A schema is a stranger's: each of its parts is visited once, and there are limits on their
 * number, their depth and their text. For the schemas of one request, which share the limits.
 */
final class SchemaReader {
  /** Schemas, properties and alternatives that are followed. */
  static final int MOST_PARTS = 5_000;

  /** Characters of names and constants. */
  static final int MOST_TEXT = 1 << 18;

  /** Schemas within schemas; a reference begins anew. */
  static final int DEEPEST = 64;

  private static final int MOST_TIMES = 10_000;

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

  private final Forms forms;
  private final Json json;
  private int parts;
  private int text;

  // Of the schema that is being read.
  private JsonNode root = NullNode.instance;
  private final Map<String, Form.Reference> references = new HashMap<>();
  private final Deque<String> toRead = new ArrayDeque<>();
  private int depth;

  SchemaReader(Forms forms) {
    this.forms = forms;
    json = new Json(forms);
  }

  /** Where something stands in the schema. */
  private record Place(@Nullable Place outer, String name) {
    private static final int SHOWN = 100;

    Place in(String inner) {
      return new Place(this, inner);
    }

    @Override
    public String toString() {
      Deque<String> names = new ArrayDeque<>();
      for (Place place = this; place != null; place = place.outer) {
        names.addFirst(place.name);
      }
      return shown(String.join("/", names));
    }

    static String shown(String text) {
      return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
  }

  private static SchemaException wrong(Place place, String problem) {
    return new SchemaException(place.toString(), problem);
  }

  /**
   * The form of all texts that the schema describes.
   *
   * @throws SchemaException when the schema is none, or uses more than is supported or allowed
   */
  Form form(JsonNode schema) {
    root = schema;
    references.clear();
    Form form = value(schema, new Place(null, "#"));
    // One after the other, so that a chain of references is no recursion.
    while (!toRead.isEmpty()) {
      String target = toRead.remove();
      Form.Reference reference = Objects.requireNonNull(references.get(target));
      reference.become(value(Objects.requireNonNull(resolve(target)), new Place(null, target)));
    }
    return form;
  }

  private void count(Place place) {
    if (++parts > MOST_PARTS) {
      throw wrong(
          place, "goes beyond %d parts (schemas, properties, alternatives)".formatted(MOST_PARTS));
    }
  }

  /** The JSON of a constant. */
  private String constant(JsonNode value, Place place) {
    String constant = value.toString();
    text += constant.length();
    if (text > MOST_TEXT) {
      throw wrong(place, "goes beyond %d characters of names and constants".formatted(MOST_TEXT));
    }
    return constant;
  }

  private Form value(JsonNode schema, Place path) {
    count(path);
    if (schema.isBoolean() && schema.booleanValue()) {
      return json.value();
    }
    if (!schema.isObject()) {
      throw wrong(path, "is no object");
    }
    if (++depth > DEEPEST) {
      throw wrong(path, "is nested more than %d deep".formatted(DEEPEST));
    }
    Form form = object(schema, path);
    depth--;
    return form;
  }

  private Form object(JsonNode schema, Place path) {
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
      return keywords.isEmpty() ? json.value() : typed("object", schema, path);
    }
    List<Form> alternatives = new ArrayList<>();
    Set<String> known = new HashSet<>(Set.of("type"));
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode one : type.isArray() ? type : List.of(type)) {
      names.add(one.isString() ? one.stringValue() : "");
    }
    for (String name : names) {
      alternatives.add(typed(name, schema, path));
      known.addAll(keywordsOf(name));
    }
    keywords.removeAll(known);
    refuse(keywords, path);
    return forms.choice(alternatives);
  }

  private static void refuse(Set<String> keywords, Place path) {
    if (!keywords.isEmpty()) {
      String keyword = keywords.stream().sorted().findFirst().orElseThrow();
      throw wrong(path, "uses '" + Place.shown(keyword) + "', which is not supported here");
    }
  }

  private Form whole(String keyword, JsonNode value, Place path) {
    Place here = path.in(keyword);
    return switch (keyword) {
      case "$ref" -> reference(value, path);
      case "const" -> forms.literal(constant(value, here));
      default -> {
        if (!value.isArray() || value.isEmpty()) {
          throw wrong(here, "is no list of alternatives");
        }
        yield keyword.equals("enum") ? constants(value, here) : anyOf(value, here);
      }
    };
  }

  private Form constants(JsonNode values, Place here) {
    List<String> constants = new ArrayList<>();
    for (JsonNode one : values) {
      count(here);
      constants.add(constant(one, here));
    }
    return forms.words(constants);
  }

  private Form anyOf(JsonNode values, Place here) {
    List<Form> alternatives = new ArrayList<>();
    for (JsonNode one : values) {
      alternatives.add(value(one, here.in(Integer.toString(alternatives.size()))));
    }
    return forms.choice(alternatives);
  }

  private static Set<String> keywordsOf(String type) {
    return switch (type) {
      case "object" -> OBJECT;
      case "array" -> ARRAY;
      case "string" -> STRING;
      default -> Set.of();
    };
  }

  private Form typed(String type, JsonNode schema, Place path) {
    return switch (type) {
      case "object" -> properties(schema, path);
      case "array" -> {
        JsonNode items = schema.get("items");
        Form item = items == null ? json.value() : value(items, path.in("items"));
        int fewest = count(schema, "minItems", path).orElse(0);
        yield json.array(item, fewest, most(schema, "maxItems", fewest, path));
      }
      case "string" -> {
        int fewest = count(schema, "minLength", path).orElse(0);
        yield json.string(fewest, most(schema, "maxLength", fewest, path));
      }
      case "integer" -> json.integer();
      case "number" -> json.number();
      case "boolean" -> json.truth();
      case "null" -> json.nothing();
      default -> throw wrong(path, "has no type that JSON knows");
    };
  }

  private static int most(JsonNode schema, String keyword, int fewest, Place path) {
    int most = count(schema, keyword, path).orElse(Form.UNBOUNDED);
    if (most != Form.UNBOUNDED && most < fewest) {
      throw wrong(path, "allows less by '" + keyword + "' than it demands");
    }
    return most;
  }

  private static Optional<Integer> count(JsonNode schema, String keyword, Place path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.canConvertToInt() || value.intValue() < 0 || value.intValue() > MOST_TIMES) {
      throw wrong(path, "has a '" + keyword + "' that is no whole number in 0 … " + MOST_TIMES);
    }
    return Optional.of(value.intValue());
  }

  private Form reference(JsonNode value, Place path) {
    String target = value.isString() ? value.stringValue() : "";
    Form.Reference known = references.get(target);
    if (known != null) {
      return known;
    }
    if (resolve(target) == null) {
      throw wrong(
          path,
          "refers to '%s'; only #, #/$defs/NAME and #/definitions/NAME are known"
              .formatted(Place.shown(target)));
    }
    Form.Reference reference = new Form.Reference();
    references.put(target, reference);
    toRead.add(target);
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

  private Form properties(JsonNode schema, Place path) {
    JsonNode properties = schema.get("properties");
    Set<String> required = required(schema, path);
    if (properties == null || properties.isEmpty()) {
      if (!required.isEmpty()) {
        throw wrong(path, "requires properties that it does not describe");
      }
      JsonNode additional = schema.get("additionalProperties");
      if (additional != null && additional.isBoolean() && !additional.booleanValue()) {
        return json.object(List.of());
      }
      return json.map(
          additional == null ? json.value() : value(additional, path.in("additionalProperties")));
    }
    if (!properties.isObject()) {
      throw wrong(path, "has properties that are no object");
    }
    List<Json.Member> members = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      count(path);
      String name = property.getKey();
      String quoted = constant(StringNode.valueOf(name), path);
      Form value = value(property.getValue(), path.in("properties").in(name));
      members.add(new Json.Member(quoted, value, required.remove(name)));
    }
    if (!required.isEmpty()) {
      String name = required.iterator().next();
      throw wrong(path, "requires '" + Place.shown(name) + "' without describing it");
    }
    return json.object(members);
  }

  private static Set<String> required(JsonNode schema, Place path) {
    Set<String> required = new HashSet<>();
    JsonNode list = schema.get("required");
    if (list == null) {
      return required;
    }
    if (!list.isArray()) {
      throw wrong(path, "has a 'required' that is no list");
    }
    for (JsonNode name : list) {
      if (!name.isString()) {
        throw wrong(path, "has a 'required' that is no list of names");
      }
      required.add(name.stringValue());
    }
    return required;
  }
}
