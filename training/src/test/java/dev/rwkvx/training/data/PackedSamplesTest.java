package dev.rwkvx.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedSamplesTest {
  @TempDir private Path folder;

  /** Documents of tokens that occur once in the whole stream, but for the 0 at their ends. */
  private static int[][] documents(long seed, int count, int longest) {
    Random random = new Random(seed);
    int[][] documents = new int[count][];
    int token = 1;
    for (int i = 0; i < count; i++) {
      documents[i] = new int[1 + random.nextInt(longest)];
      for (int j = 0; j < documents[i].length - 1; j++) {
        documents[i][j] = token++;
      }
    }
    return documents;
  }

  @Test
  void everyTokenIsATargetOnceOrOpensItsDocument() throws IOException {
    int context = 37;
    int[][] documents = documents(5, 300, 200);
    TokenFiles.write(folder.resolve("a"), TokenType.INT32, documents);
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      Samples samples = new PackedSamples(file, context, 2, 9, 1);
      TreeMap<Integer, Integer> targets = new TreeMap<>();
      int ends = 0;
      for (int s = 0; s < samples.size(); s++) {
        int[] tokens = new int[context + 1];
        float[] counted = new float[context];
        Arrays.fill(counted, 1);
        samples.read(s, tokens, counted);
        for (int i = 0; i < context; i++) {
          if (counted[i] > 0 && tokens[i + 1] != 0) {
            targets.merge(tokens[i + 1], 1, Integer::sum);
            // What comes before is the token before or the end of another document.
            assertThat(tokens[i]).isIn(tokens[i + 1] - 1, 0);
          } else if (counted[i] > 0) {
            ends++;
            assertThat(tokens[i]).isNotZero();
          }
        }
      }
      List<Integer> openings = new ArrayList<>();
      int whole = 0;
      for (int[] document : documents) {
        for (int j = 0; j < document.length - 1; j++) {
          assertThat(targets.getOrDefault(document[j], 0)).isBetween(j == 0 ? 0 : 1, 1);
        }
        if (document.length > 1) {
          openings.add(document[0]);
          whole++;
        }
      }
      assertThat(ends).isEqualTo(whole);
      // A document that does not open a sample has its first token counted.
      long counted = openings.stream().filter(targets::containsKey).count();
      assertThat(counted).isBetween(1L, openings.size() - 1L);
    }
  }

  @Test
  void littleRoomStaysEmpty() throws IOException {
    TokenFiles.write(folder.resolve("a"), TokenType.INT32, documents(6, 2_000, 500));
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      PackedSamples samples = new PackedSamples(file, 255, 2, 0, 1);
      assertThat(samples.padding()).isBetween(0.0, 0.01);
    }
  }

  @Test
  void epochsAreShuffledAndTheSameSeedGivesTheSame() throws IOException {
    TokenFiles.write(folder.resolve("a"), TokenType.INT32, documents(7, 200, 60));
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      Samples one = new PackedSamples(file, 32, 2, 4, 1);
      Samples two = new PackedSamples(file, 32, 2, 4, 1);
      Samples other = new PackedSamples(file, 32, 2, 5, 1);
      List<List<Integer>> first = epoch(one, 0);
      assertThat(epoch(two, 0)).isEqualTo(first);
      assertThat(epoch(other, 0)).isNotEqualTo(first).containsExactlyInAnyOrderElementsOf(first);
      assertThat(epoch(one, 1)).isNotEqualTo(first).containsExactlyInAnyOrderElementsOf(first);
    }
  }

  @Test
  void shortDocumentsCanBeLeftOut() throws IOException {
    TokenFiles.write(
        folder.resolve("a"), TokenType.INT32, new int[] {1, 2, 3, 0}, new int[] {4, 0});
    try (TokenFile file = TokenFile.open(folder.resolve("a"))) {
      Samples samples = new PackedSamples(file, 4, 4, 0, 1);
      int[] tokens = new int[5];
      float[] counted = new float[4];
      samples.read(0, tokens, counted);
      assertThat(samples.size()).isEqualTo(1);
      assertThat(tokens).containsExactly(1, 2, 3, 0, 0);
      assertThat(counted).containsExactly(1, 1, 1, 0);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> new PackedSamples(file, 4, 5, 0, 1))
          .withMessageContaining("0 documents and windows of 5 tokens or more");
    }
  }

  @Test
  void packingFillsBestFirst() {
    Packing packing = Packing.of(new int[] {3, 10, 7, 2, 5, 5, 1}, 10);
    List<List<Integer>> samples = new ArrayList<>();
    for (int i = 0; i < packing.samples(); i++) {
      samples.add(
          Arrays.stream(packing.pieces(), packing.starts()[i], packing.starts()[i + 1])
              .boxed()
              .toList());
    }
    assertThat(samples).containsExactly(List.of(1), List.of(0, 2), List.of(4, 5), List.of(3, 6));
  }

  private static List<List<Integer>> epoch(Samples samples, long epoch) {
    List<List<Integer>> all = new ArrayList<>();
    for (long s = epoch * samples.size(); s < (epoch + 1) * samples.size(); s++) {
      int[] tokens = new int[samples.context() + 1];
      samples.read(s, tokens);
      all.add(Arrays.stream(tokens).boxed().toList());
    }
    return all;
  }
}
