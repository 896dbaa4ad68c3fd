package dev.rwkvx.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextSessionTest {
  private static final SamplingOptions GREEDY = SamplingOptions.greedy();

  @TempDir private static Path folder;
  private static TextModel model;

  private final List<Integer> heard = new ArrayList<>();

  @BeforeAll
  static void open() {
    Config config = new Config(256, 64, 32, 2, 1, 16, 2);
    RwkvX random =
        RwkvX.open(
            RandomModel.create(config, WeightType.F32, 7), ModelOptions.defaults().withThreads(1));
    model = new TextModel(random, Vocabulary.bytes());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void goingOnGivesWhatWritingAtOnceGives() {
    try (TextSession whole = model.newSession();
        TextSession parts = model.newSession(CacheOptions.exact())) {
      assertThat(write(whole, "Once", 12).end()).isEqualTo(End.LENGTH);
      List<Integer> atOnce = List.copyOf(heard);
      heard.clear();
      write(parts, "Once", 5);
      write(parts, "", 3);
      assertThat(parts.context().state().position()).isEqualTo(4 + 8);
      parts.context().mark();
      write(parts, "other", 2);
      parts.context().rewind();
      assertThat(heard.subList(0, 8)).isEqualTo(atOnce.subList(0, 8));
    }
  }

  @Test
  void aSavedTextGoesOnAsIfItHadNotBeenSaved() {
    Path file = folder.resolve("text.state");
    List<Integer> expected;
    try (TextSession session = model.newSession()) {
      write(session, "It was", 6);
      session.save(file);
      heard.clear();
      write(session, " and", 6);
      expected = List.copyOf(heard);
    }
    try (TextSession other = model.newSession()) {
      write(other, "Something else", 2);
      other.load(file);
      heard.clear();
      write(other, " and", 6);
    }
    assertThat(heard).isEqualTo(expected);
  }

  @Test
  void whatWasNotHeardIsNoPartOfTheText() {
    SamplingOptions onlyA = GREEDY.withLogitBias(Map.of((int) 'a', 1000f));
    StringBuilder text = new StringBuilder();
    try (TextSession session = model.newSession()) {
      GenerationOptions toToken = options(9).withStopTokens(Set.of((int) 'a'));
      assertThat(session.generate("x", onlyA, toToken, text::append).end())
          .isEqualTo(End.STOP_TOKEN);
      assertThat(session.context().state().position()).isEqualTo(1);
      session.generate("x", onlyA, options(9).withStopStrings(List.of("a")), text::append);
      assertThat(session.context().state().position()).isEqualTo(2);
      assertThat(text).isEmpty();
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> session.generate("", text::append))
          .withMessageContaining("The prompt is empty");
    }
  }

  private Generation write(TextSession session, String text, int maxTokens) {
    return session.generate(
        text,
        GREEDY,
        options(maxTokens),
        new GenerationListener() {
          @Override
          public void onText(String piece) {}

          @Override
          public void onToken(int id) {
            heard.add(id);
          }
        });
  }

  private static GenerationOptions options(int maxTokens) {
    return GenerationOptions.upTo(maxTokens).withStopTokens(Set.of());
  }
}
