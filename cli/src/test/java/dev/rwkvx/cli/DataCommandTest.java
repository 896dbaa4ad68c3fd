package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import dev.rwkvx.training.data.TokenFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
  @TempDir private Path folder;

  /** Forty documents of made-up words, some of them frequent. */
  private Path texts() throws IOException {
    Random random = new Random(1);
    String[] words = new String[300];
    for (int i = 0; i < words.length; i++) {
      StringBuilder word = new StringBuilder();
      for (int letter = 2 + random.nextInt(8); letter > 0; letter--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words[i] = word.toString();
    }
    StringBuilder text = new StringBuilder();
    for (int document = 0; document < 40; document++) {
      for (int i = 0; i < 500; i++) {
        int word = Math.min(random.nextInt(words.length), random.nextInt(words.length));
        text.append(words[word]).append(i % 10 == 9 ? ".\n" : " ");
      }
      text.append("\n\n");
    }
    return Files.writeString(folder.resolve("texts.txt"), text);
  }

  @Test
  void fromTextsToAVocabularyAndATokenStream() throws IOException {
    Path texts = texts();
    Path vocabulary = folder.resolve("vocab.txt");
    Rwkvx trained =
        Rwkvx.run("vocab", "train", "--input", texts, "--size", 512, "--out", vocabulary);
    assertThat(trained.err()).isEmpty();
    assertThat(trained.exitCode()).isZero();
    assertThat(trained.out())
        .containsPattern("training text   .* KiB, \\d\\.\\d{3} bytes per token");

    Path out = folder.resolve("data");
    Rwkvx built =
        Rwkvx.run(
            "data",
            "build",
            "--input",
            texts,
            "--split-blank",
            "--vocab",
            vocabulary,
            "--out",
            out,
            "--shuffle",
            "--seed",
            3,
            "--repeat",
            2,
            "--holdout",
            0.1,
            "--context",
            64);
    assertThat(built.err()).isEmpty();
    assertThat(built.exitCode()).isZero();
    assertThat(built.out())
        .contains("documents         72\n")
        .contains("documents         4\n")
        .contains("ends every document and stands nowhere else")
        .containsPattern("vocabulary used   \\d+ of 512 tokens")
        .containsPattern("context 64        sampled with the prime \\d+");

    Tokenizer tokenizer = new Tokenizer(Vocabulary.load(vocabulary));
    StringBuilder read = new StringBuilder();
    for (String name : new String[] {"data", "data-holdout"}) {
      try (TokenFile file = TokenFile.open(folder.resolve(name), 512)) {
        for (long document = 0; document < file.documents(); document++) {
          int[] tokens = new int[(int) (file.end(document) - file.start(document))];
          file.read(file.start(document), tokens, 0, tokens.length);
          read.append(tokenizer.decodeToString(tokens)).append("\n\n");
        }
      }
    }
    for (String document : Files.readString(texts).strip().split("\n\n+")) {
      assertThat(read).contains(document);
    }

    Rwkvx info = Rwkvx.run("data", "info", out + ".idx", "--vocab", vocabulary, "--context", 64);
    assertThat(info.exitCode()).isZero();
    assertThat(built.out()).startsWith(info.out().replace("data.idx", "data"));
    assertThat(Rwkvx.run("data", "info", out, "--context", 1_000_000).out())
        .contains("too long for this data: it needs more than 3,000,000 tokens");
  }

  @Test
  void bytesAndTheCompactFormat() throws IOException {
    Path texts = texts();
    Path vocabulary = folder.resolve("vocab.txt");
    assertThat(
            Rwkvx.run(
                    "vocab",
                    "train",
                    "--input",
                    texts,
                    "--size",
                    300,
                    "--out",
                    vocabulary,
                    "--format",
                    "compact")
                .exitCode())
        .isZero();
    assertThat(vocabulary).content().startsWith("rwkvx-vocabulary 1 299\n");
    Rwkvx built =
        Rwkvx.run(
            "data", "build", "--input", texts, "--vocab", "byte", "--out", folder.resolve("b"));
    assertThat(built.out()).contains("bytes per token   1.000").contains("documents         1\n");
  }

  @Test
  void badInputIsOneSentence() throws IOException {
    Path texts = texts();
    Path out = folder.resolve("out");
    assertBad("expected a command: build, info", "data");
    assertBad("expected a command: train", "vocab");
    assertBad(
        "no such file or folder",
        "data",
        "build",
        "--input",
        "none.txt",
        "--vocab",
        "byte",
        "--out",
        out);
    assertBad(
        "expected 0 or more, less than 1",
        "data",
        "build",
        "--input",
        texts,
        "--vocab",
        "byte",
        "--out",
        out,
        "--holdout",
        1);
    assertBad(
        "mutually exclusive",
        "data",
        "build",
        "--input",
        texts,
        "--vocab",
        "byte",
        "--out",
        out,
        "--split-blank",
        "--separator",
        "x");
    assertBad("--context is 0", "data", "info", out, "--context", 0);
    assertBad("no such file; a token stream is a pair", "data", "info", out);
    Files.writeString(folder.resolve("out.bin"), "xx");
    Files.writeString(folder.resolve("out.idx"), "nonsense");
    assertBad("out.idx is damaged or no token index", "data", "info", out);
    assertBad(
        "size of the vocabulary is 100",
        "vocab",
        "train",
        "--input",
        texts,
        "--size",
        100,
        "--out",
        out);
    assertBad(
        "give more text or a smaller size",
        "vocab",
        "train",
        "--input",
        texts,
        "--size",
        20_000,
        "--out",
        out);
  }

  private static void assertBad(String reason, Object... arguments) {
    Rwkvx run = Rwkvx.run(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("rwkvx ").contains(reason).hasLineCount(1);
  }

  @Test
  void progressTellsRateAndRest() throws InterruptedException {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    try (Progress progress = new Progress(new PrintStream(shown, true), true)) {
      progress.update("reading", 1, 100, 10, "tokens");
      Thread.sleep(250);
      progress.update("reading", 50, 100, 1_000, "tokens");
    }
    assertThat(shown.toString(StandardCharsets.UTF_8))
        .matches("\\rreading  50 %, 1,000 tokens, [\\d,]+/s, \\d:\\d\\d left\\r +\\r");
  }
}
