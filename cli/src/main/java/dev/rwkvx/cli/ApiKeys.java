package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The keys of which requests have to bring one. Who means to have keys and has none is told so. */
final class ApiKeys {
  static final String VARIABLE = "RWKVX_API_KEYS";
  private static final String COMMENT = "#";

  private ApiKeys() {}

  /**
   * All keys.
   *
   * @param file a key a line, where lines that begin with # are comments; empty for none
   * @param variable keys separated by commas; empty when it is not set
   * @return none when there is neither
   * @throws InputException when a place for keys has none
   */
  static List<String> read(Optional<Path> file, Optional<String> variable) throws IOException {
    List<String> keys = new ArrayList<>();
    if (variable.isPresent()) {
      List<String> all = stripped(Stream.of(variable.get().split(",")));
      if (all.isEmpty()) {
        throw new InputException(
            VARIABLE
                + " is set but has no keys; expected keys separated by commas, or no variable");
      }
      keys.addAll(all);
    }
    if (file.isPresent()) {
      List<String> all =
          stripped(
              Files.readAllLines(file.get()).stream()
                  .filter(line -> !line.strip().startsWith(COMMENT)));
      if (all.isEmpty()) {
        throw new InputException(file.get() + " has no keys; expected one a line");
      }
      keys.addAll(all);
    }
    return keys;
  }

  private static List<String> stripped(Stream<String> keys) {
    return keys.map(String::strip).filter(key -> !key.isEmpty()).toList();
  }
}
