package dev.rwkvx.server.grammar;

/** A JSON Schema that cannot be followed. */
public final class SchemaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SchemaException(String path, String problem) {
    super("the schema at '" + path + "' " + problem);
  }
}
