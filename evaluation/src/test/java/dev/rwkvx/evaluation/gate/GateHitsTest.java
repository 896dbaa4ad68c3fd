package dev.rwkvx.evaluation.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.model.ChunkChoice;
import dev.rwkvx.model.Config;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class GateHitsTest {
  private static final Config CONFIG = new Config(256, 64, 32, 2, 2, 4, 3);

  @Test
  void sharesAreThoseOfQueriesByHeadAndOverHeads() {
    BitSet needle = new BitSet();
    needle.set(2, 4);
    GateHits hits = new GateHits(CONFIG, needle, 19, 23);
    assertThat(hits.wants(18)).isFalse();
    assertThat(hits.wants(19)).isTrue();
    assertThat(hits.wants(22)).isTrue();
    assertThat(hits.wants(23)).isFalse();
    hear(hits, 0, 0, 19, 1, 2, 4);
    hear(hits, 0, 0, 20, 0, 3, 5);
    hear(hits, 0, 0, 21, 0, 1, 5);
    hear(hits, 0, 1, 21, 0, 1, 5);
    hear(hits, 1, 0, 19, 2, 3, 4);
    hear(hits, 1, 1, 22, 5);
    GateHit hit = hits.result();
    assertThat(hit.queries()).isEqualTo(4);
    assertThat(hit.heads()).isEqualTo(List.of(List.of(0.5, 0.0), List.of(0.25, 0.0)));
    assertThat(hit.any()).isEqualTo(0.5);
    assertThat(hit.mean()).isEqualTo(0.1875);
  }

  private static void hear(GateHits hits, int block, int head, long query, int... chunks) {
    hits.accept(
        new ChunkChoice(block, head, query, chunks, new float[chunks.length], new float[0]));
  }

  @Test
  void textsAreFoundAmongTokensWhereverTheyAreCut() {
    Vocabulary vocabulary =
        Vocabulary.of(
            "test",
            List.of("a", "ab", "é", "c ", "!").stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList());
    Tokenizer tokenizer = new Tokenizer(vocabulary);
    int a = id(tokenizer, "a");
    int ab = id(tokenizer, "ab");
    int e = id(tokenizer, "é");
    int c = id(tokenizer, "c ");
    // "a|ab|é|c |ab|é|c |a"
    int[] tokens = {a, ab, e, c, ab, e, c, a};
    assertThat(TokenRange.of(tokenizer, tokens, "béc"))
        .containsExactly(new TokenRange(1, 4), new TokenRange(4, 7));
    assertThat(TokenRange.of(tokenizer, tokens, "a")).hasSize(4);
    assertThat(TokenRange.of(tokenizer, tokens, "aa")).containsExactly(new TokenRange(0, 2));
    assertThat(TokenRange.of(tokenizer, tokens, "x")).isEmpty();
    assertThat(TokenRange.of(tokenizer, tokens, "")).isEmpty();
  }

  private static int id(Tokenizer tokenizer, String text) {
    return tokenizer.encode(text)[0];
  }

  @Test
  void chunksAreThoseThatHoldAnyTokenOfTheRanges() {
    BitSet chunks =
        TokenRange.chunks(
            List.of(new TokenRange(3, 4), new TokenRange(7, 9), new TokenRange(20, 21)), 4);
    assertThat(chunks.stream()).containsExactly(0, 1, 2, 5);
  }
}
