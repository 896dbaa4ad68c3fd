package dev.rwkvx.server.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class SchemaTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static JsonConstraints schema(String text) {
    return JsonConstraints.schema(JSON.readTree(text.replace('\'', '"')));
  }

  /** Whether a whole text is of a form. */
  private static boolean matches(JsonConstraints form, String text) {
    @Nullable Position at = form.automaton(() -> {}).start();
    for (byte next : text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)) {
      at = at == null ? null : at.after(next);
    }
    return at != null && at.least() == 0;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                   | true",
        "{'a': 1}                             | true",
        "{ 'a':[1, -2.5e+3, null], 'b':{}}    | true",
        "{'a': '\\u00e9 \\n é 漢 😀'}          | true",
        "{'a': '\\ud83d'}                      | false",
        "{'a' : 1}                            | false",
        "{'a': 01}                            | false",
        "{'a': 1,}                            | false",
        "{'a': .5}                            | false",
        "[1]                                  | false",
        "{'a': tru}                           | false",
        "{'a': 1                              | false"
      })
  void anyObject(String text, boolean valid) {
    assertThat(matches(JsonConstraints.object(), text)).isEqualTo(valid);
  }

  @Test
  void propertiesComeInOrderAndOptionalOnesMayBeLeftOut() {
    JsonConstraints form =
        schema(
            "{'type': 'object', 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'string'},"
                + " 'c': {'type': ['boolean', 'null']}}, 'required': ['b']}");
    assertThat(matches(form, "{'a': 1, 'b': 'x', 'c': null}")).isTrue();
    assertThat(matches(form, "{'b': ''}")).isTrue();
    assertThat(matches(form, "{'b': '','c':true}")).isTrue();
    assertThat(matches(form, "{'a': 1}")).isFalse();
    assertThat(matches(form, "{'b': '', 'a': 1}")).isFalse();
    assertThat(matches(form, "{'b': '', 'd': 1}")).isFalse();
    assertThat(form.automaton(() -> {}).start().least()).isEqualTo("{'b':''}".length());
  }

  @Test
  void countsAreKept() {
    JsonConstraints form =
        schema(
            "{'type': 'array', 'minItems': 1, 'maxItems': 3, 'items': {'type': 'string',"
                + " 'minLength': 2, 'maxLength': 3}}");
    assertThat(matches(form, "['ab']")).isTrue();
    assertThat(matches(form, "['ab', 'äöü', 'xy']")).isTrue();
    assertThat(matches(form, "[]")).isFalse();
    assertThat(matches(form, "['ab', 'ab', 'ab', 'ab']")).isFalse();
    assertThat(matches(form, "['a']")).isFalse();
    assertThat(matches(form, "['abcd']")).isFalse();
    assertThat(matches(schema("{'type': 'array', 'maxItems': 0}"), "[]")).isTrue();
  }

  @Test
  void alternativesAndConstants() {
    JsonConstraints form = schema("{'anyOf': [{'const': {'a': [1]}}, {'enum': ['x', 2, null]}]}");
    assertThat(matches(form, "{'a':[1]}")).isTrue();
    assertThat(matches(form, "'x'")).isTrue();
    assertThat(matches(form, "2")).isTrue();
    assertThat(matches(form, "3")).isFalse();
  }

  @Test
  void schemasMayContainThemselves() {
    JsonConstraints tree =
        schema(
            "{'$defs': {'node': {'type': 'object', 'properties': {'next': {'anyOf': [{'$ref':"
                + " '#/$defs/node'}, {'type': 'null'}]}}, 'required': ['next'],"
                + " 'additionalProperties': false}}, '$ref': '#/$defs/node'}");
    assertThat(matches(tree, "{'next': {'next': {'next': null}}}")).isTrue();
    assertThat(matches(tree, "{'next': {}}")).isFalse();
    assertThat(tree.automaton(() -> {}).start().least()).isEqualTo("{'next':null}".length());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type': 'string', 'pattern': 'a'}                      | 'pattern'",
        "{'type': 'integer', 'minimum': 0}                       | 'minimum'",
        "{'oneOf': [{'type': 'string'}]}                         | 'oneOf'",
        "{'type': 'thing'}                                       | no type",
        "{'$ref': 'http://example.org/x'}                        | refers to",
        "{'$ref': '#'}                                           | finite",
        "{'type': 'array', 'minItems': 3, 'maxItems': 2}         | less",
        "{'type': 'object', 'required': ['a']}                   | requires",
        "{'$defs': {'a': {'type': 'object', 'properties': {'a': {'$ref': '#/$defs/a'}}, 'required':"
            + " ['a']}}, '$ref': '#/$defs/a'} | finite"
      })
  void whatCannotBeFollowedIsRefused(String text, String message) {
    assertThatExceptionOfType(SchemaException.class)
        .isThrownBy(() -> schema(text))
        .withMessageContaining(message);
  }
}
