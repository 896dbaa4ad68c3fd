package dev.rwkvx.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class AnswerTextTest {
  private static AnswerText text(String choice) {
    String request =
        "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}],"
            + " \"tool_choice\": \"%s\"}";
    Tools tools = Tools.read(Fields.of(new JsonMapper().readTree(request.formatted(choice)), ""));
    return new AnswerText(tools, "");
  }

  /** What comes out piece by piece, and at the end. */
  private static List<String> pieces(AnswerText text, String... pieces) {
    List<String> out = new ArrayList<>();
    for (String piece : pieces) {
      out.add(text.append(piece));
    }
    out.add(text.end());
    return out;
  }

  @Test
  void theSpaceInFrontIsLeftOut() {
    assertThat(pieces(text("none"), " ", " {", "x")).containsExactly("", "{", "x", "");
  }

  @Test
  void textIsTextAsSoonAsItCannotBeACall() {
    AnswerText text = text("auto");
    assertThat(pieces(text, " `", "``", "java", "!")).containsExactly("", "", "```java", "!", "");
    assertThat(text.call()).isEmpty();
  }

  @Test
  void callsAreFoundInFencesAndAlone() {
    for (String json :
        List.of(
            "```json\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n```",
            " {\"name\": \"f\", \"arguments\": {\"a\": 1}}")) {
      AnswerText text = text("auto");
      assertThat(pieces(text, json)).containsExactly("", "");
      assertThat(text.call().orElseThrow().function().arguments()).isEqualTo("{\"a\":1}");
    }
  }

  @Test
  void jsonThatIsNoCallIsText() {
    for (String json :
        List.of(
            "{\"name\": \"g\", \"arguments\": {}}", "{\"a\": 1}", "{broken", "```json\n[]```")) {
      AnswerText text = text("auto");
      assertThat(pieces(text, json)).containsExactly("", json);
      assertThat(text.call()).isEmpty();
    }
  }
}
