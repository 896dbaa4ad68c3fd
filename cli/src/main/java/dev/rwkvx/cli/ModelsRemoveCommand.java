package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.hub.ModelStore;
import dev.rwkvx.hub.StoredModel;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx models rm}: deletes pulled models. */
@Command(
    name = "rm",
    description = "Delete pulled models. Those of the hub's own tools are left to these.")
final class ModelsRemoveCommand implements Callable<Integer> {
  @ParentCommand private ModelsCommand models;
  @Mixin private final StoreArguments arguments = new StoreArguments();

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME",
      description = "As 'rwkvx models' lists them, or the names under which they were pulled.")
  private List<String> names;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Override
  public Integer call() throws IOException {
    ModelStore store = arguments.open();
    List<StoredModel> stored = store.list();
    List<StoredModel> wanted = new ArrayList<>();
    for (String name : names) {
      wanted.add(find(name, store, stored));
    }
    for (StoredModel model : wanted) {
      String what = "%s (%s)".formatted(model.name(), Text.bytes(model.size()));
      if (model.shared() || agrees(what)) {
        store.delete(model);
        models.main.out.println("deleted " + what);
      }
    }
    return 0;
  }

  private static StoredModel find(String name, ModelStore store, List<StoredModel> stored) {
    Optional<Path> file = store.find(name);
    return stored.stream()
        .filter(model -> model.name().equals(name) || file.equals(Optional.of(model.file())))
        .findFirst()
        .orElseThrow(
            () -> new InputException(name + ": no such pulled model; 'rwkvx models' lists them"));
  }

  private boolean agrees(String what) {
    if (yes) {
      return true;
    }
    @Nullable Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new InputException("nobody is there to be asked; --yes deletes without asking");
    }
    String answer = console.readLine("delete %s? [y/N] ", what);
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
  }
}
