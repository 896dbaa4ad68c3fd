package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.benchmarks.Answers;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code rwkvx eval answers}: does the model complete prompts as it should? */
@Command(
    name = "answers",
    description = "Let a model complete prompts, greedily, and count what is right.")
final class EvalAnswersCommand implements Callable<Integer> {
  @ParentCommand private EvalCommand eval;
  @Mixin private final TextModelArguments model = new TextModelArguments();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Lines {\"prompt\": …, \"completion\": …}.")
  private Path data;

  @Option(
      names = "--samples",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Take the first N lines (default: all).")
  private @Nullable Integer samples;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Prompts side by side; changes no result (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Override
  public Integer call() throws IOException {
    int most = samples == null ? Integer.MAX_VALUE : samples;
    BenchArguments.requireRange("--samples", most, Integer.MAX_VALUE);
    BenchArguments.requireRange("--batch", batch, 1024);
    try (RwkvX opened = model.open();
        Progress progress = new Progress(eval.main.err)) {
      List<Answers.Item> items = read(model.tokenizer(opened), most);
      Answers answers =
          Answers.measure(
              opened,
              items,
              batch,
              done -> progress.update("completing", done, items.size(), done, "prompts"));
      progress.close();
      eval.main.out.printf(
          Locale.ROOT,
          "prompts                    %d%n"
              + "completed without error    %.2f %%%n"
              + "tokens in their place      %.3f %% of %d%n",
          answers.prompts(),
          100 * answers.exactAccuracy(),
          100 * answers.tokenAccuracy(),
          answers.tokens());
    }
    return 0;
  }

  private List<Answers.Item> read(Tokenizer tokenizer, int most) throws IOException {
    List<Answers.Item> items = new ArrayList<>();
    JsonMapper mapper = JsonMapper.builder().build();
    try (BufferedReader reader = Files.newBufferedReader(data)) {
      long number = 0;
      for (String line = reader.readLine();
          line != null && items.size() < most;
          line = reader.readLine()) {
        number++;
        if (!line.isBlank()) {
          items.add(item(mapper, tokenizer, line, number));
        }
      }
    } catch (MalformedInputException e) {
      throw new InputException(data + ": expected JSON lines in UTF-8, found other bytes", e);
    }
    if (items.isEmpty()) {
      throw new InputException(data + " is empty; expected lines {\"prompt\", \"completion\"}");
    }
    return items;
  }

  private Answers.Item item(JsonMapper mapper, Tokenizer tokenizer, String line, long number) {
    try {
      JsonNode node = mapper.readTree(line);
      JsonNode prompt = node.get("prompt");
      JsonNode completion = node.get("completion");
      if (prompt == null || !prompt.isString() || completion == null || !completion.isString()) {
        throw unusable(number, "it has no strings \"prompt\" and \"completion\"");
      }
      int[] before = tokenizer.encode(prompt.stringValue());
      int[] after = tokenizer.encode(completion.stringValue());
      if (before.length == 0 || after.length == 0) {
        throw unusable(number, "one of them is empty");
      }
      return new Answers.Item(before, after);
    } catch (JacksonException e) {
      throw unusable(number, "it is no JSON: " + e.getOriginalMessage());
    }
  }

  private InputException unusable(long line, String reason) {
    return new InputException(
        "%s line %d: expected {\"prompt\": …, \"completion\": …}, but %s"
            .formatted(data, line, Text.fromFile(reason)));
  }
}
