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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void tasksHaveTheirAnswersMarkedInATokenStream() throws IOException {
    Path texts = texts();
    Path tasks = folder.resolve("tasks.jsonl");
    Path again = folder.resolve("again.jsonl");
    for (Path out : new Path[] {tasks, again}) {
      Rwkvx made =
          Rwkvx.run(
              "data",
              "tasks",
              "--out",
              out,
              "--count",
              20,
              "--lengths",
              "600-1K",
              "--kinds",
              "numbers,Chains",
              "--keys",
              "2-6",
              "--queries",
              3,
              "--haystack",
              texts,
              "--vocab",
              "byte");
      assertThat(made.err()).isEmpty();
      assertThat(made.out()).containsPattern("20 documents with \\d+ answers, .* KiB");
    }
    assertThat(again).hasSameBinaryContentAs(tasks);

    Path out = folder.resolve("mixed");
    Rwkvx built =
        Rwkvx.run(
            "data",
            "build",
            "--input",
            tasks,
            texts,
            "--split-blank",
            "--vocab",
            "byte",
            "--out",
            out,
            "--shuffle");
    assertThat(built.err()).isEmpty();
    assertThat(built.out())
        .contains("documents         60\n")
        .containsPattern("answers           \\d+ tokens \\(0\\.\\d\\d %\\)\n");
    try (TokenFile stream = TokenFile.open(out)) {
      // Documents of both kinds come in turns: 20 of 60 in any order change about 27 times.
      int changes = 0;
      boolean last = false;
      for (long i = 0; i < stream.documents(); i++) {
        float[] weights = new float[(int) (stream.end(i) - stream.start(i))];
        stream.weigh(stream.start(i), weights, 0, weights.length, 2);
        boolean task = false;
        for (float weight : weights) {
          task |= weight == 2;
        }
        changes += task == last ? 0 : 1;
        last = task;
      }
      assertThat(changes).isBetween(15, 39);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--lengths, 10-5, 'The range is 10 to 5; expected 1 or more, the smaller number first'",
    "--lengths, 1-2-3, '''1-2-3'': expected a number or a range such as 4-64 or 1K-64K'",
    "--lengths, 20-40, 'expected longer documents or fewer facts'",
    "--kinds, riddles, 'but was ''riddles'''",
    "--keys, 9-5000, 'up to 5000; expected at most 1024'",
    "--count, 0, '--count is 0; expected 1 to'",
    "--haystack, nowhere.txt, 'nowhere.txt: no such file or folder'",
    "--vocab, nowhere, 'nowhere: no such vocabulary file'"
  })
  void tasksThatCannotBeMadeAreRefused(String option, String value, String reason) {
    Path out = folder.resolve("tasks.jsonl");
    Rwkvx refused = Rwkvx.run("data", "tasks", "--out", out, option, value);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains(reason).hasLineCount(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void probesComeWithTheVocabularyOfTheirWords() throws IOException {
    Path out = folder.resolve("mqar.jsonl");
    Path vocabulary = folder.resolve("probe.txt");
    Rwkvx made =
        Rwkvx.run(
            "data",
            "probe",
            "--task",
            "mqar",
            "--sizes",
            "4",
            "--count",
            3,
            "--out",
            out,
            "--vocab-out",
            vocabulary);
    assertThat(made.err()).isEmpty();
    Path stream = folder.resolve("mqar");
    Rwkvx built =
        Rwkvx.run("data", "build", "--input", out, "--vocab", vocabulary, "--out", stream);
    assertThat(built.err()).isEmpty();
    // Four pairs, four keys with their values, the end.
    assertThat(built.out()).containsPattern("tokens +51\n").containsPattern("answers +12 tokens");
    Rwkvx refused =
        Rwkvx.run("data", "probe", "--task", "mqar", "--sizes", "8-2K", "--out", stream);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("--sizes is 2048; expected 1 to 1024").hasLineCount(1);
  }

  @Test
  void bareTasksHaveNoHaystack() throws IOException {
    Path out = folder.resolve("tasks.jsonl");
    Rwkvx made =
        Rwkvx.run(
            "data",
            "tasks",
            "--out",
            out,
            "--count",
            5,
            "--bare",
            "--keys",
            "4",
            "--kinds",
            "pairs",
            "--queries",
            4);
    assertThat(made.err()).isEmpty();
    assertThat(Files.readAllLines(out)).hasSize(5).allMatch(line -> line.length() < 1_000);
    Rwkvx refused = Rwkvx.run("data", "tasks", "--out", out, "--bare", "--haystack", texts());
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("expected it without --haystack").hasLineCount(1);
  }
}
