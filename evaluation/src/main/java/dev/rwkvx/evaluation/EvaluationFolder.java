package dev.rwkvx.evaluation;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.plots.Picture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A folder with an evaluation of a model: {@code items.jsonl}, the {@link Journal}, which lets an
 * interrupted run go on; and when all is done {@code results.csv}, {@code summary.json}, and
 * pictures such as {@code results.png} and {@code .svg}.
 */
public final class EvaluationFolder {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path folder;

  /**
   * Names a folder, which need not exist.
   *
   * @param folder for one evaluation
   */
  public EvaluationFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Begins an evaluation in the folder or goes on with it.
   *
   * @param <T> what the evaluation finds out about an item
   * @param subject the model
   * @param evaluation what is asked of the model
   * @param listener hears how far it is
   * @return the report, which has been written to the folder too
   * @throws InputException when the folder holds another one, or is a file
   * @throws IOException when the folder cannot be written
   */
  public <T> Report run(Subject subject, Evaluation<T> evaluation, EvaluationListener listener)
      throws IOException {
    createFolder();
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("evaluation", evaluation.name());
    settings.putAll(subject.settings());
    settings.putAll(evaluation.settings());
    Report report;
    try (Journal<T> journal =
        Journal.open(folder.resolve("items.jsonl"), settings, evaluation.outcomeType())) {
      report = evaluation.run(journal, listener);
    }
    write(report, subject.model().path(), settings);
    return report;
  }

  private void createFolder() throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new InputException(folder + ": is a file; expected a folder for results", e);
    }
  }

  private void write(Report report, Path model, SequencedMap<String, Object> settings)
      throws IOException {
    report.table().write(folder.resolve("results.csv"));
    SequencedMap<String, Object> summary = new LinkedHashMap<>(report.summary());
    summary.put("model_file", model.toString());
    summary.put("settings", settings);
    String json = MAPPER.writeValueAsString(summary) + "\n";
    AtomicFile.write(folder.resolve("summary.json"), json.getBytes(StandardCharsets.UTF_8));
    for (Map.Entry<String, Picture> picture : report.pictures().entrySet()) {
      picture.getValue().write(folder.resolve(picture.getKey() + ".png"));
      picture.getValue().write(folder.resolve(picture.getKey() + ".svg"));
    }
  }
}
