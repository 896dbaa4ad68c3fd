package dev.rwkvx.training.tasks;

import dev.rwkvx.io.AtomicFile;
import dev.rwkvx.training.data.Span;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.function.LongFunction;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Documents as lines {@code {"text": …, "answers": [[from, to], …], "kind": …}}, which {@link
 * dev.rwkvx.training.data.Corpus} reads. Answers are in bytes of the text's UTF-8.
 */
public final class TaskFile {
  private static final int BUFFER = 1 << 16;

  private TaskFile() {}

  /** Hears how far the work is. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after every document, with what has been written so far.
     *
     * @param documents written so far
     * @param answers in them
     */
    void progress(long documents, long answers);
  }

  /**
   * Writes the documents {@code 0 … count − 1}; the file appears when all are there.
   *
   * @param out a JSONL file; is replaced if it exists
   * @param generator makes the document of a number
   * @param count how many
   * @param listener hears how far it is
   * @throws dev.rwkvx.InputException when one cannot be made
   * @throws IOException when the file cannot be written
   */
  public static void write(
      Path out, LongFunction<TaskDocument> generator, long count, Listener listener)
      throws IOException {
    JsonMapper mapper = new JsonMapper();
    try (AtomicFile file = AtomicFile.create(out)) {
      OutputStream bytes =
          new BufferedOutputStream(Channels.newOutputStream(file.channel()), BUFFER);
      long answers = 0;
      for (long i = 0; i < count; i++) {
        TaskDocument document = generator.apply(i);
        bytes.write(mapper.writeValueAsBytes(line(mapper, document)));
        bytes.write('\n');
        answers += document.answers().size();
        listener.progress(i + 1, answers);
      }
      bytes.flush();
      file.commit();
    }
  }

  private static ObjectNode line(JsonMapper mapper, TaskDocument document) {
    ObjectNode line = mapper.createObjectNode();
    line.put("text", document.text());
    ArrayNode answers = line.putArray("answers");
    for (Span span : document.answers()) {
      answers.addArray().add(span.from()).add(span.to());
    }
    return line.put("kind", document.kind());
  }
}
