package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a JSON object in a request, each asked for by its name and type. A field that is
 * null counts as absent; one that nobody has asked for is an error.
 */
final class Fields {
  private static final int SHOWN = 60;

  private final JsonNode object;
  private final String path;
  private final Set<String> asked = new HashSet<>();

  private Fields(JsonNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /**
   * @param path where the object stands; empty for the body itself
   * @throws ApiException when it is no object
   */
  static Fields of(JsonNode node, String path) {
    if (!node.isObject()) {
      throw wrong(path, "an object", node);
    }
    return new Fields(node, path);
  }

  /** The path of a field of this object. */
  String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** Whatever the field is. */
  Optional<JsonNode> node(String name) {
    asked.add(name);
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
  }

  Optional<String> text(String name) {
    return node(name).map(node -> text(node, path(name)));
  }

  static String text(JsonNode node, String path) {
    if (!node.isString()) {
      throw wrong(path, "a string", node);
    }
    return node.stringValue();
  }

  /** A field that has to be there. */
  String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name));
  }

  ApiException missing(String name) {
    return ApiException.badRequest(path(name), "'%s' is missing".formatted(path(name)));
  }

  boolean flag(String name, boolean otherwise) {
    return node(name)
        .map(node -> {
          if (!node.isBoolean()) {
            throw wrong(path(name), "true or false", node);
          }
          return node.booleanValue();
        })
        .orElse(otherwise);
  }

  /** A whole number in a range. */
  OptionalInt integer(String name, int least, int most) {
    Optional<JsonNode> node = node(name);
    return node.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(integer(node.get(), path(name), least, most));
  }

  static int integer(JsonNode node, String path, int least, int most) {
    if (!node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < least
        || node.intValue() > most) {
      String range =
          most == Integer.MAX_VALUE ? "of " + least + " or more" : "in " + least + " … " + most;
      throw wrong(path, "a whole number " + range, node);
    }
    return node.intValue();
  }

  OptionalLong wholeNumber(String name) {
    Optional<JsonNode> node = node(name);
    if (node.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!node.get().isIntegralNumber() || !node.get().canConvertToLong()) {
      throw wrong(path(name), "a whole number of 64 bits", node.get());
    }
    return OptionalLong.of(node.get().longValue());
  }

  OptionalDouble number(String name) {
    Optional<JsonNode> node = node(name);
    return node.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(number(node.get(), path(name)));
  }

  static double number(JsonNode node, String path) {
    if (!node.isNumber()) {
      throw wrong(path, "a number", node);
    }
    return node.doubleValue();
  }

  Optional<Fields> object(String name) {
    return node(name).map(node -> of(node, path(name)));
  }

  /** The elements of an array; empty when there is none. */
  List<JsonNode> list(String name) {
    Optional<JsonNode> node = node(name);
    return node.isEmpty() ? List.of() : list(node.get(), path(name));
  }

  static List<JsonNode> list(JsonNode node, String path) {
    if (!node.isArray()) {
      throw wrong(path, "an array", node);
    }
    List<JsonNode> elements = new ArrayList<>();
    node.forEach(elements::add);
    return elements;
  }

  /** A string or several of them. */
  List<String> texts(String name) {
    Optional<JsonNode> node = node(name);
    if (node.isEmpty()) {
      return List.of();
    }
    if (node.get().isString()) {
      return List.of(node.get().stringValue());
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : list(node.get(), path(name))) {
      texts.add(text(element, path(name) + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /**
   * Refuses what nobody has asked for.
   *
   * @param ignored fields that may be there and change nothing
   */
  void done(Set<String> ignored) {
    for (String name : object.propertyNames()) {
      if (!asked.contains(name) && !ignored.contains(name)) {
        throw ApiException.badRequest(
            path(name), "unknown_field", "Unknown field '%s'".formatted(path(shown(name))));
      }
    }
  }

  /** The field is of another kind than it should be. */
  static ApiException wrong(String path, String expected, @Nullable JsonNode found) {
    return ApiException.badRequest(
        path.isEmpty() ? null : path,
        "%s must be %s, found %s"
            .formatted(
                path.isEmpty() ? "The body" : "'" + path + "'",
                expected,
                shown(String.valueOf(found))));
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
