package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository and perhaps one of its files: {@code OWNER/NAME} or {@code OWNER/NAME:FILE}.
 *
 * @param repository where the model is
 * @param file its path in the repository; null leaves the choice open
 */
public record ModelName(RepositoryName repository, @Nullable String file) {
  private static final Pattern FORM =
      Pattern.compile("([^/:]+)/([^/:]+)(?::(.*))?", Pattern.DOTALL);

  /**
   * Reads a name, if the words are one; a path may look like one too.
   *
   * @param words {@code OWNER/NAME} or {@code OWNER/NAME:FILE}
   * @return the name; empty when the words are none
   */
  public static Optional<ModelName> of(String words) {
    Matcher form = FORM.matcher(words);
    if (!form.matches() || !RepositoryName.isName(form.group(1), form.group(2))) {
      return Optional.empty();
    }
    String file = form.group(3);
    return file == null || RemotePath.isSafe(file)
        ? Optional.of(new ModelName(new RepositoryName(form.group(1), form.group(2)), file))
        : Optional.empty();
  }

  /**
   * Reads a name.
   *
   * @param words {@code OWNER/NAME} or {@code OWNER/NAME:FILE}
   * @return the name
   * @throws InputException when the words are none
   */
  public static ModelName parse(String words) {
    return of(words)
        .orElseThrow(() ->
            new InputException(
                "'"
                    + words
                    + "' is no known model and no repository; expected OWNER/NAME or"
                    + " OWNER/NAME:FILE, such as BlinkDL/rwkv7-g1, or a name that 'rwkvx pull"
                    + " --list' tells"));
  }

  @Override
  public String toString() {
    return file == null ? repository.toString() : repository + ":" + file;
  }
}
