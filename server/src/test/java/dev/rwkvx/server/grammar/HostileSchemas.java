package dev.rwkvx.server.grammar;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes JSON Schemas whose authors mean no good: each kind multiplies something else. */
public final class HostileSchemas {
  private static final int KINDS = 16;
  private static final List<String> TYPES =
      List.of("string", "number", "integer", "boolean", "null", "array", "object");

  private HostileSchemas() {}

  /**
   * A schema as JSON, of at most a few megabytes.
   *
   * @param index another schema for each; the kinds take turns and grow
   */
  public static String schema(int index) {
    SplittableRandom random = new SplittableRandom(index);
    // From a handful to tens of thousands.
    int size = 2 << random.nextInt(13);
    int few = 1 + random.nextInt(8);
    return switch (index % KINDS) {
      case 0 -> alternatives(few + 1, _ -> array("'minItems': 1", "v"));
      case 1 -> alternatives(few + 1, i -> array("'minItems': 1, 'maxItems': " + (9000 + i), "v"));
      case 2 -> nested("{'type': 'array', 'items': ", "}", Math.min(size, 90), "true");
      case 3 -> chain(size);
      case 4 -> cycle(size);
      case 5 -> object(size, i -> "p" + i, _ -> "{'type': 'string'}", false);
      case 6 -> "{'type': [" + join(size, i -> "'" + TYPES.get(i % few % 7) + "'") + "]}";
      case 7 -> "{'enum': [" + join(size, i -> "'" + "a".repeat(i % 99) + i + "'") + "]}";
      case 8 ->
          object(few, i -> "x".repeat(Math.min(size * 8, 40_000)) + i, _ -> "{'const': 1}", true);
      case 9 -> nested("{'type': 'array', 'minItems': 9999, 'items': ", "}", few, "true");
      case 10 -> nested("{'anyOf': [true, ", "]}", Math.min(size, 90), "{'type': 'number'}");
      case 11 ->
          "{'anyOf': [" + join(size, i -> "{'type': 'array', 'maxItems': " + i % 9999 + "}") + "]}";
      case 12 -> mixed(random, 6);
      case 13 -> "{'type': 'object', 'required': [" + join(size, i -> "'r" + i + "'") + "]}";
      case 14 ->
          alternatives(
              few,
              i -> object(2 + i, j -> "k".repeat(j), _ -> "{'$ref': '#/$defs/v'}", i % 2 == 0));
      default ->
          object(
              few,
              i -> "s" + i,
              i -> "{'type': 'string', 'minLength': %d, 'maxLength': 9999}".formatted(i * 1000),
              false);
    };
  }

  private static String join(int count, IntFunction<String> element) {
    return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(", "));
  }

  private static String array(String limits, String items) {
    return "{'type': 'array', %s, 'items': {'$ref': '#/$defs/%s'}}".formatted(limits, items);
  }

  /** Ways to go on with every bracket. */
  private static String alternatives(int count, IntFunction<String> alternative) {
    return "{'$ref': '#/$defs/v', '$defs': {'v': {'anyOf': [%s, {'const': 1}]}}}"
        .formatted(join(count, alternative));
  }

  private static String nested(String open, String close, int depth, String inner) {
    return open.repeat(depth) + inner + close.repeat(depth);
  }

  /** Definitions of which each needs the next, named last first. */
  private static String chain(int length) {
    return "{'type': 'object', 'properties': {%s}, '$defs': {%s, 'd%d': {'const': 1}}}"
        .formatted(
            join(length, i -> "'p%d': {'$ref': '#/$defs/d%d'}".formatted(i, length - 1 - i)),
            join(length, i -> "'d%d': %s".formatted(i, array("'minItems': 1", "d" + (i + 1)))),
            length);
  }

  /** Definitions that are each other. */
  private static String cycle(int length) {
    return "{'$ref': '#/$defs/d0', '$defs': {%s}}"
        .formatted(
            join(
                length,
                i ->
                    "'d%d': {'anyOf': [{'$ref': '#/$defs/d%d'}, {'const': %d}]}"
                        .formatted(i, (i + 1) % length, i)));
  }

  private static String object(
      int count, IntFunction<String> name, IntFunction<String> value, boolean required) {
    return "{'type': 'object', 'properties': {%s}, 'required': [%s]}"
        .formatted(
            join(count, i -> "'%s': %s".formatted(name.apply(i + 1), value.apply(i))),
            required ? join(count, i -> "'" + name.apply(i + 1) + "'") : "");
  }

  private static String mixed(SplittableRandom random, int depth) {
    int count = 1 + random.nextInt(4);
    if (depth == 0) {
      return "{'type': '" + TYPES.get(random.nextInt(7)) + "'}";
    }
    return switch (random.nextInt(4)) {
      case 0 -> "{'anyOf': [" + join(count, _ -> mixed(random, depth - 1)) + "]}";
      case 1 -> object(count, i -> "m" + i, _ -> mixed(random, depth - 1), random.nextBoolean());
      case 2 ->
          "{'type': 'array', 'minItems': %d, 'items': %s}"
              .formatted(count - 1, mixed(random, depth - 1));
      default -> "{'$ref': '#'}";
    };
  }
}
