package dev.rwkvx.cli;

import static java.util.stream.Collectors.joining;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.hub.StoredModel;
import dev.rwkvx.model.ModelShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code rwkvx models}: what is on the disk. */
@Command(
    name = "models",
    description = {
      "List the models that were pulled, and those that the hub's own tools have fetched.",
      "Each is listed under the name by which --model finds it."
    },
    subcommands = ModelsRemoveCommand.class)
final class ModelsCommand implements Callable<Integer> {
  @ParentCommand Main main;
  @Mixin private final StoreArguments store = new StoreArguments();

  @Option(names = "--json", description = "One array of JSON objects.")
  private boolean json;

  /** A model with what its file tells. */
  private record Row(StoredModel model, String format, Map<String, Double> types) {}

  @Override
  public Integer call() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (StoredModel model : store.open().list()) {
      look(model).ifPresent(rows::add);
    }
    if (json) {
      JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
      main.out.println(
          mapper.writeValueAsString(rows.stream().map(ModelsCommand::fields).toList()));
    } else if (rows.isEmpty()) {
      main.out.println("no models; 'rwkvx pull --list' tells what can be pulled");
    } else {
      print(rows);
    }
    return 0;
  }

  /** Empty for a model of another kind in the cache that is shared with other programs. */
  private static Optional<Row> look(StoredModel model) {
    try (Checkpoint checkpoint = Checkpoint.open(model.file())) {
      return model.shared() && !ModelShape.isModel(checkpoint)
          ? Optional.empty()
          : Optional.of(new Row(model, checkpoint.format(), TypeShares.of(checkpoint).percent()));
    } catch (InputException unreadable) {
      return model.shared()
          ? Optional.empty()
          : Optional.of(new Row(model, "cannot be read", Map.of()));
    }
  }

  private static Map<String, @Nullable Object> fields(Row row) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", row.model.name());
    fields.put("bytes", row.model.size());
    fields.put("format", row.format);
    fields.put("types", row.types);
    fields.put("path", row.model.file().toString());
    fields.put("cache", cache(row));
    return fields;
  }

  private static String cache(Row row) {
    return row.model.shared() ? "huggingface" : "rwkvx";
  }

  private void print(List<Row> rows) {
    int names = rows.stream().mapToInt(row -> row.model.name().length()).max().orElse(1);
    int formats = rows.stream().mapToInt(row -> row.format.length()).max().orElse(1);
    for (Row row : rows) {
      String types =
          row.types.entrySet().stream()
              .map(e -> e.getKey() + " " + Math.round(e.getValue()) + " %")
              .collect(joining(", "));
      String form = "%-" + names + "s  %10s  %-" + formats + "s  %s  %s%n";
      main.out.printf(
          form,
          Text.fromFile(row.model.name()),
          Text.bytes(row.model.size()),
          row.format,
          types,
          row.model.file());
    }
  }
}
