package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.Passkey;
import dev.rwkvx.evaluation.Prompt;
import dev.rwkvx.evaluation.trace.Trace;
import dev.rwkvx.evaluation.trace.TraceCollector;
import dev.rwkvx.evaluation.trace.Tracer;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.generate.TextSession;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code rwkvx demo}: a number is hidden in a long text and asked for at its end. The bundled
 * RWKV-X looks for it, and so does an RWKV-7 that was trained on long documents.
 */
@Command(
    name = "demo",
    description = {
      "Hide a number in a long text and let two small models look for it, then write a few lines.",
      "The models come with the program; docs/evidence.md tells what they are worth."
    })
final class DemoCommand implements Callable<Integer> {
  private static final int LARGEST_KEY = 50_000;
  private static final int PIECE = 2048;
  private static final int LONGEST = 1 << 20;
  private static final int LEAST = 256;
  private static final int WIDTH = 96;
  private static final int SHOWN = 3;
  private static final String BEGINNING = "It was a truth that every man of that country knew:";

  @ParentCommand private Main main;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "64000",
      converter = TokenCount.class,
      description = "Tokens of the text, up to 1M (default: 64000).")
  private int length;

  @Option(
      names = "--depth",
      paramLabel = "PERCENT",
      defaultValue = "35",
      description = "Where the number stands in it (default: ${DEFAULT-VALUE}).")
  private int depth;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the number and of what is written (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--trace",
      paramLabel = "FILE.html",
      description = "Write what the RWKV-X attended to as a page, and beside it a CSV file.")
  private @Nullable Path page;

  @Override
  public Integer call() throws IOException {
    if (length < LEAST || length > LONGEST) {
      throw new InputException(
          "--length is %d; expected %d to %d tokens".formatted(length, LEAST, LONGEST));
    }
    if (depth < 0 || depth > 100) {
      throw new InputException("--depth is " + depth + "; expected 0 to 100 percent");
    }
    if (page != null) {
      TraceCommand.requirePage(page);
    }
    int key = 1 + new SplittableRandom(seed).nextInt(LARGEST_KEY);
    try (TextModel hybrid = TextModel.open(BundledModels.file(BundledModels.RWKV_X));
        TextModel recurrent = TextModel.open(BundledModels.file(BundledModels.RWKV_7))) {
      String prompt = Passkey.prompt(hybrid.tokenizer(), key, length, depth / 100.0);
      print(
          "A number is hidden at %d %% of a text of %s tokens, and asked for at its end:%n%n%s%n",
          depth, Text.count(hybrid.tokenizer().encode(prompt).length), excerpt(prompt, key));
      look("RWKV-X", hybrid, prompt, key);
      look("RWKV-7", recurrent, prompt, key);
      write(hybrid);
    }
    return 0;
  }

  /** Beginning, needle and end. */
  private static String excerpt(String prompt, int key) {
    int needle = prompt.indexOf("The pass key is " + key);
    String end = prompt.substring(prompt.lastIndexOf('\n') + 1);
    return String.join(
        "\n",
        "  " + prompt.substring(0, WIDTH - 20) + " …",
        "  … " + prompt.substring(needle, prompt.indexOf('\n', needle)) + " …",
        "  … " + end);
  }

  private void look(String name, TextModel model, String prompt, int key) throws IOException {
    Config config = model.model().config();
    print(
        "%n%s: %d RWKV-7 blocks%s%n",
        name,
        config.rwkvBlocks(),
        config.sparseBlocks() == 0
            ? ""
            : " and %d sparse ones, which attend to %d chunks of %d tokens"
                .formatted(config.sparseBlocks(), config.topK(), config.chunkSize()));
    int[] tokens = model.tokenizer().encode(prompt);
    int[] expected = model.tokenizer().encode(" " + key);
    float[] logits = new float[config.vocabulary()];
    TraceCollector collector =
        config.sparseBlocks() == 0 ? null : collector(config, tokens.length, expected.length);
    long start = System.nanoTime();
    try (State state = model.model().newState();
        Progress progress = new Progress(main.err)) {
      state.observe(collector);
      for (int at = 0; at < tokens.length; at += PIECE) {
        int end = Math.min(at + PIECE, tokens.length);
        model.model().forward(tokens, at, end, state, logits);
        progress.update("  reading", end, tokens.length, end, "tokens");
      }
      progress.wipe();
      double seconds = (System.nanoTime() - start) / 1e9;
      print(
          "  read %s tokens in %.1f seconds, %s a second%n",
          Text.count(tokens.length), seconds, Text.count(Math.round(tokens.length / seconds)));
      int[] answer = answer(model, state, tokens, logits, expected.length);
      String said = Text.fromFile(model.tokenizer().decodeToString(answer)).strip();
      boolean right = Arrays.equals(answer, expected);
      print("  The pass key is %s  %s%n", said, right ? "— right" : "— wrong, it is " + key);
      if (collector != null) {
        tell(collector, model, tokens, answer, key);
      }
      print(
          "  it remembers all this in %s of state, which never grows%s%n",
          Text.bytes(state.recurrentBytes()),
          config.sparseBlocks() == 0
              ? ""
              : ", and %s of keys and values".formatted(Text.bytes(state.cacheBytes())));
    }
  }

  /** Hears of the queries of the answer and, for a page, of some of all others. */
  private TraceCollector collector(Config config, int tokens, int answer) {
    int sampled = page == null ? 0 : Tracer.Options.USUAL_SAMPLED;
    return new TraceCollector(
        config,
        new TraceCollector.Extent(tokens + answer, sampled, tokens - 1L, tokens - 1L + answer));
  }

  /** What the answer was read from. */
  private void tell(TraceCollector collector, TextModel model, int[] tokens, int[] answer, int key)
      throws IOException {
    int[] all = Arrays.copyOf(tokens, tokens.length + answer.length);
    System.arraycopy(answer, 0, all, tokens.length, answer.length);
    Trace trace =
        collector.trace(
            new Trace.TracedText(
                BundledModels.RWKV_X, model.tokenizer(), all, tokens.length, String.valueOf(key)));
    print(
        "  the chunks that its sparse blocks attended to most, of %s:%n",
        Text.count(trace.chunks()));
    for (Trace.ChunkRead read : trace.mostRead(SHOWN)) {
      print("  %s%n", TraceCommand.line(read));
    }
    if (page != null) {
      Path csv = trace.write(page);
      print("  %s and %s show more%n", page, csv);
    }
  }

  /** The most probable tokens behind what was read. */
  private static int[] answer(
      TextModel model, State state, int[] tokens, float[] logits, int length) {
    Prompt.Greedy answer = new Prompt.Greedy(tokens, length, Prompt.END);
    for (int token = answer.next(logits); token != Prompt.END; token = answer.next(logits)) {
      model.model().forward(new int[] {token}, 0, 1, state, logits);
    }
    return answer.answer();
  }

  private void write(TextModel model) {
    print("%nIt is too small to say much, but it has read some old books:%n%n  %s", BEGINNING);
    try (TextSession session = model.newSession()) {
      SamplingOptions sampling = SamplingOptions.defaults().withTemperature(0.8f).withSeed(seed);
      session.generate(
          BEGINNING,
          sampling,
          GenerationOptions.upTo(60),
          piece -> print("%s", piece.replaceAll("\\s+", " ")));
    }
    print("%n");
  }

  private void print(String format, Object... values) {
    main.out.printf(Locale.ROOT, format, values);
    main.out.flush();
  }
}
