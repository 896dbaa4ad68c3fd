package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.io.InputFile;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx logits}: the logits at every position, to compare with other implementations. */
@Command(
    name = "logits",
    description = "Write the logits after every token to a .safetensors file.")
final class LogitsCommand implements Callable<Integer> {
  private static final Pattern SCHEDULE = Pattern.compile("prefill|decode|pieces:(\\d{1,9})");

  /** Tokens between two progress messages. */
  private static final int PROGRESS = 4096;

  @ParentCommand private Main main;
  @Mixin private final ModelArguments model = new ModelArguments();
  @Mixin private final CacheArguments cache = new CacheArguments();

  @Option(
      names = "--tokens",
      paramLabel = "FILE|IDS",
      required = true,
      description =
          "Ids separated by commas, or a file with ids separated by white space or commas.")
  private String tokens;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Short for --attention-top-k: nothing is sampled here.")
  private @Nullable Integer topK;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      defaultValue = "prefill",
      description =
          "How to read them: prefill (at once), pieces:N (N at a time) or decode (one by one);"
              + " all give the same bits (default: ${DEFAULT-VALUE}).")
  private String schedule;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Receives the tensor 'logits' [tokens, vocabulary] in float32.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    int[] ids = ids();
    int piece = piece(ids.length);
    try (RwkvX opened = open()) {
      requireInVocabulary(ids, opened.config());
      long[] shape = {ids.length, opened.config().vocabulary()};
      List<TensorHeader> headers = List.of(new TensorHeader("logits", DType.F32, shape));
      try (SafetensorsWriter writer = SafetensorsWriter.create(out, headers, metadata(opened))) {
        try (State state = opened.newState(cache.options())) {
          write(opened, state, ids, piece, writer);
        }
        writer.commit();
      }
    }
    main.out.printf("%s: logits of %s tokens%n", out, Text.count(ids.length));
    return 0;
  }

  private RwkvX open() {
    if (topK == null) {
      return model.open();
    }
    if (topK < 1) {
      throw new InputException("--top-k is " + topK + "; expected 1 or more");
    }
    return RwkvX.open(model.file(), model.options().withTopK(topK));
  }

  private void write(RwkvX opened, State state, int[] ids, int piece, SafetensorsWriter writer) {
    int vocabulary = opened.config().vocabulary();
    boolean terminal = System.console() != null && System.console().isTerminal();
    long shown = 0;
    for (int at = 0; at < ids.length; at += piece) {
      int end = (int) Math.min((long) at + piece, ids.length);
      opened.forwardAll(
          ids,
          at,
          end,
          state,
          (first, count, logits) -> writer.writeFloats(logits, 0, count * vocabulary));
      if (terminal && state.position() - shown >= PROGRESS && end < ids.length) {
        shown = state.position();
        main.err.printf("%d of %d tokens%n", end, ids.length);
      }
    }
  }

  private Map<String, String> metadata(RwkvX opened) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("model", String.valueOf(model.file().getFileName()));
    metadata.put("schedule", schedule);
    if (opened.config().sparseBlocks() > 0) {
      metadata.put(ModelShape.CHUNK_SIZE_KEY, String.valueOf(opened.config().chunkSize()));
      metadata.put(ModelShape.TOP_K_KEY, String.valueOf(opened.config().topK()));
    }
    return metadata;
  }

  /** Tokens that are read at a time. */
  private int piece(int count) {
    Matcher matcher = SCHEDULE.matcher(schedule);
    if (!matcher.matches() || "pieces:0".equals(schedule)) {
      throw new InputException(
          "--schedule is '" + schedule + "'; expected prefill, pieces:N or decode");
    }
    if (matcher.group(1) != null) {
      return Math.max(1, Integer.parseInt(matcher.group(1)));
    }
    return schedule.equals("decode") ? 1 : count;
  }

  private int[] ids() throws IOException {
    boolean list = tokens.matches("[\\d\\s,]*");
    String text =
        list ? tokens : Files.readString(InputFile.require(file()), StandardCharsets.UTF_8);
    String source = list ? "--tokens" : tokens;
    String[] words = text.strip().split("[\\s,]+", -1);
    if (text.isBlank()) {
      throw new InputException(source + " holds no token ids; expected at least one");
    }
    return IntStream.range(0, words.length).map(i -> id(source, words[i], i)).toArray();
  }

  private Path file() {
    try {
      return Path.of(tokens);
    } catch (InvalidPathException e) {
      throw new InputException("--tokens is neither a list of ids nor a file name", e);
    }
  }

  private static int id(String source, String word, int index) {
    if (!word.matches("\\d{1,9}")) {
      throw new InputException(
          "%s: word %d is '%s'; expected a token id"
              .formatted(source, index + 1, Text.fromFile(word)));
    }
    return Integer.parseInt(word);
  }

  private void requireInVocabulary(int[] ids, Config config) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] >= config.vocabulary()) {
        throw new InputException(
            "--tokens: id %d at position %d is outside the vocabulary of %s; expected 0 to %d"
                .formatted(ids[i], i, model.file(), config.vocabulary() - 1));
      }
    }
  }
}
