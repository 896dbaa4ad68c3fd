package dev.rwkvx.training.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.rwkvx.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A {@link RunConfig} as TOML. Three layers make one: the defaults of the recipe, a file, single
 * options; the later wins.
 */
public final class RunConfigFile {
  /** A key of one of these makes the others of its line go. */
  private static final List<Set<String>> ALTERNATIVES =
      List.of(
          Set.of("model.file", "model.shape"),
          Set.of("budget.steps", "budget.tokens", "budget.epochs"));

  private final TomlMapper mapper =
      TomlMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(_ ->
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private final TomlReader toml = new TomlReader(mapper);

  /** Reads and writes any number of configurations. */
  public RunConfigFile() {}

  /**
   * Puts a configuration together.
   *
   * @param recipe whose defaults come first
   * @param file a TOML file; null for none
   * @param options values by key, such as {@code schedule.lr}: strings, numbers, booleans and lists
   *     of strings
   * @return the configuration
   * @throws InputException when the file cannot be used, or the result is no possible run
   */
  public RunConfig read(Recipe recipe, @Nullable Path file, Map<String, Object> options) {
    if (file == null) {
      return read(recipe, mapper.createObjectNode(), "", options);
    }
    return read(recipe, toml.tree(TomlReader.content(file), file.toString()), file + ": ", options);
  }

  /**
   * The configuration of a run that was begun.
   *
   * @param recipe of the run
   * @param folder of the run
   * @param options values by key, instead of those of the run
   * @return the configuration
   * @throws InputException when the folder holds no run, its options are damaged, or the result is
   *     no possible run
   */
  public RunConfig resume(Recipe recipe, Path folder, Map<String, Object> options) {
    String source = folder.resolve(RunFolder.CONFIG).toString();
    return read(recipe, toml.tree(RunFolder.optionsOf(folder), source), source + ": ", options);
  }

  private RunConfig read(
      Recipe recipe, ObjectNode file, String source, Map<String, Object> options) {
    ObjectNode tree = mapper.createObjectNode();
    overlay(tree, resource("common"));
    overlay(tree, resource(recipe.label()));
    ObjectNode given = mapper.createObjectNode();
    JsonNode other = file.path("recipe");
    if (!other.isMissingNode() && !other.asString("").equalsIgnoreCase(recipe.label())) {
      throw new InputException(
          "%sis for the recipe '%s'; expected '%s'"
              .formatted(source, other.asString("?"), recipe.label()));
    }
    overlay(given, file);
    ObjectNode chosen = mapper.createObjectNode();
    options.forEach((key, value) -> put(chosen, key, mapper.valueToTree(value)));
    overlay(given, chosen);
    // Few parameters that start at nothing learn at other rates than a whole model.
    if (!at(given, "lora.rank").isMissingNode()) {
      overlay(tree, resource("lora"));
    } else if (at(given, "tune_state").asBoolean(false)) {
      overlay(tree, resource("state"));
    }
    overlay(tree, given);
    return config(tree, source);
  }

  /** Reads a configuration that {@link #text} wrote. */
  RunConfig parse(String text, String source) {
    return config(toml.tree(text, source), source + ": ");
  }

  /**
   * {@return everything as TOML}
   *
   * @param config any configuration
   */
  public String text(RunConfig config) {
    return mapper.writeValueAsString(config);
  }

  /** Everything but the keys that {@code ignored} names. */
  String text(RunConfig config, Set<String> ignored) {
    ObjectNode tree = mapper.valueToTree(config);
    tree.remove(ignored);
    return mapper.writeValueAsString(tree);
  }

  /** The first key in which two configurations differ, but for those that {@code ignored} names. */
  Optional<String> difference(RunConfig a, RunConfig b, Set<String> ignored) {
    ObjectNode left = mapper.valueToTree(a);
    ObjectNode right = mapper.valueToTree(b);
    left.remove(ignored);
    right.remove(ignored);
    return difference("", left, right);
  }

  private static Optional<String> difference(String path, JsonNode a, JsonNode b) {
    if (a.equals(b)) {
      return Optional.empty();
    }
    if (!a.isObject() || !b.isObject()) {
      return Optional.of("%s is %s, was %s".formatted(path, shown(a), shown(b)));
    }
    Set<String> names = new java.util.TreeSet<>(a.propertyNames());
    names.addAll(b.propertyNames());
    return names.stream()
        .map(name ->
            difference(path.isEmpty() ? name : path + "." + name, a.path(name), b.path(name)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "not given" : value.toString();
  }

  // --- layers --------------------------------------------------------------------------------

  private ObjectNode resource(String name) {
    String file = name + ".toml";
    try (InputStream in =
        Objects.requireNonNull(RunConfigFile.class.getResourceAsStream(file), file)) {
      return (ObjectNode) mapper.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the resource " + file, e);
    }
  }

  private static void overlay(ObjectNode base, ObjectNode upper) {
    for (Set<String> keys : ALTERNATIVES) {
      if (keys.stream().anyMatch(key -> !at(upper, key).isMissingNode())) {
        keys.forEach(key -> remove(base, key));
      }
    }
    merge(base, upper);
  }

  private static void merge(ObjectNode base, ObjectNode upper) {
    for (Map.Entry<String, JsonNode> entry : upper.properties()) {
      if (entry.getValue() instanceof ObjectNode table
          && base.get(entry.getKey()) instanceof ObjectNode below) {
        merge(below, table);
      } else {
        base.set(entry.getKey(), entry.getValue());
      }
    }
  }

  private static JsonNode at(ObjectNode tree, String key) {
    JsonNode node = tree;
    for (String name : key.split("\\.", -1)) {
      node = node.path(name);
    }
    return node;
  }

  private static void put(ObjectNode tree, String key, JsonNode value) {
    int dot = key.indexOf('.');
    if (dot < 0) {
      tree.set(key, value);
    } else {
      ObjectNode table =
          tree.get(key.substring(0, dot)) instanceof ObjectNode there
              ? there
              : tree.putObject(key.substring(0, dot));
      put(table, key.substring(dot + 1), value);
    }
  }

  private static void remove(ObjectNode tree, String key) {
    int dot = key.indexOf('.');
    if (tree.get(key.substring(0, dot)) instanceof ObjectNode table) {
      table.remove(key.substring(dot + 1));
    }
  }

  // --- from a tree to records ----------------------------------------------------------------

  private RunConfig config(ObjectNode tree, String source) {
    try {
      return mapper.treeToValue(tree, RunConfig.class);
    } catch (JacksonException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof InputException impossible) {
          throw impossible;
        }
      }
      throw new InputException(source + describe(e), e);
    }
  }

  private static String describe(JacksonException failure) {
    String path =
        TomlReader.flat(
            failure.getPath().stream()
                .map(JacksonException.Reference::getPropertyName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(".")));
    return switch (failure) {
      case UnrecognizedPropertyException unknown ->
          "unknown key '%s'; expected one of %s"
              .formatted(
                  path,
                  Objects.requireNonNull(unknown.getKnownPropertyIds()).stream()
                      .map(String::valueOf)
                      .sorted()
                      .collect(Collectors.joining(", ")));
      case MismatchedInputException mismatch ->
          "%s: expected %s".formatted(path, kind(mismatch.getTargetType()));
      case DatabindException other -> path + ": " + TomlReader.flat(other.getOriginalMessage());
      default -> TomlReader.flat(failure.getOriginalMessage());
    };
  }

  private static String kind(@Nullable Class<?> type) {
    if (type == null) {
      return "another value";
    }
    if (type.isEnum()) {
      return "one of "
          + List.of(type.getEnumConstants()).stream()
              .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    return switch (type.getSimpleName()) {
      case "int", "Integer" -> "a whole number up to 2147483647";
      case "long", "Long" -> "a whole number";
      case "double", "Double" -> "a number";
      case "boolean", "Boolean" -> "true or false";
      case "String" -> "a text in quotes";
      case "List", "ArrayList", "Collection" -> "a list such as [\"a\", \"b\"]";
      default -> "a table";
    };
  }
}
