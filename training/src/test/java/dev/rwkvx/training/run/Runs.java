package dev.rwkvx.training.run;

import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.training.Parameters;
import dev.rwkvx.training.data.TokenFileWriter;
import dev.rwkvx.training.data.TokenType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Small runs: a model of a few thousand parameters and a few hundred tokens in a folder. */
final class Runs {
  static final int VOCABULARY = 11;
  static final int CONTEXT = 24;

  private Runs() {}

  /** An L2 C32 model with one sparse block. */
  static Path model(Path folder) {
    return model(folder, VOCABULARY, _ -> {});
  }

  static Path model(Path folder, int vocabulary, Consumer<Parameters> change) {
    Config config = new Config(vocabulary, 32, 16, 2, 1, 8, 2);
    Parameters parameters =
        Parameters.of(
            RandomModel.create(config, WeightType.F32, 7),
            OptionalInt.empty(),
            OptionalInt.empty());
    change.accept(parameters);
    Path file = folder.resolve("model.safetensors");
    parameters.save(file, DType.F32);
    return file;
  }

  /**
   * Documents that count: 1 2 3 … with different starts and steps, each with token 0 at its end.
   */
  static Path stream(Path folder, String name) throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    Path prefix = folder.resolve(name);
    try (TokenFileWriter writer = TokenFileWriter.create(prefix, TokenType.UINT16)) {
      for (int i = 0; i < 30; i++) {
        int[] document = new int[random.nextInt(10, 40)];
        int at = random.nextInt(10);
        for (int t = 0; t < document.length - 1; t++) {
          document[t] = 1 + (at + t) % 10;
        }
        writer.add(document, 0, document.length);
      }
      writer.commit();
    }
    return prefix;
  }

  /** Options of a run over a new model and stream; {@code more} are pairs of keys and values. */
  static Map<String, Object> options(Path folder, Object... more) throws IOException {
    Map<String, Object> options = new LinkedHashMap<>();
    Path model = folder.resolve("model.safetensors");
    options.put("model.file", (Files.exists(model) ? model : model(folder)).toString());
    options.put("data.files", List.of(stream(folder, "data").toString()));
    options.put("data.context", CONTEXT);
    options.put("data.batch", 2);
    options.put("budget.steps", 10);
    options.put("schedule.lr", 3e-3);
    options.put("threads", 1);
    for (int i = 0; i < more.length; i += 2) {
      options.put((String) more[i], more[i + 1]);
    }
    return options;
  }

  static RunConfig config(Recipe recipe, Map<String, Object> options) {
    return new RunConfigFile().read(recipe, null, options);
  }

  static RunConfig config(Path folder, Object... more) throws IOException {
    return config(Recipe.PRETRAIN, options(folder, more));
  }

  /** Trains from the start to the end. */
  static List<String[]> train(RunConfig config, Path out) throws IOException {
    try (TrainingRun run = TrainingRun.begin(config, out, new RunListener() {})) {
      run.run();
    }
    return metrics(out);
  }

  /** The lines of the metrics without their header. */
  static List<String[]> metrics(Path out) throws IOException {
    return Files.readAllLines(out.resolve("metrics.csv")).stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .toList();
  }

  /** All that does not depend on the speed of the machine. */
  static List<String> numbers(List<String[]> metrics) {
    return metrics.stream()
        .map(fields -> {
          fields[6] = "";
          return String.join(",", fields);
        })
        .toList();
  }

  static double loss(List<String[]> metrics, int line) {
    return Double.parseDouble(metrics.get(line)[2]);
  }

  static Parameters load(Path file) {
    return Parameters.load(file, OptionalInt.empty(), OptionalInt.empty());
  }
}
