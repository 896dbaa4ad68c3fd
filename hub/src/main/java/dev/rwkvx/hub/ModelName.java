package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model as users name it: {@code OWNER/NAME} or a known name, perhaps with {@code :FILE} or, for
 * GGUF files, {@code :TYPE}.
 *
 * @param repository where the model is
 * @param file its path in the repository, or the type of its weights such as {@code Q4_K_M}; null
 *     leaves the choice open
 * @param known the known model, if that is what was named
 */
public record ModelName(
    RepositoryName repository, @Nullable String file, @Nullable KnownModel known) {
  private static final Pattern FORM =
      Pattern.compile("(?:([^/:]+)/)?([^/:]+)(?::(.*))?", Pattern.DOTALL);

  /** The files that are meant where there are several, the first choice first. */
  private static final List<String> DEFAULTS =
      List.of("model.safetensors", "model.safetensors.index.json");

  /** The type that is meant where a repository has the same model in many. */
  private static final String DEFAULT_TYPE = "Q4_K_M";

  /**
   * Reads a name, if the words are one; a path may look like one too.
   *
   * @param words as users write them
   * @return the name; empty when the words are none
   */
  public static Optional<ModelName> of(String words) {
    Matcher form = FORM.matcher(words);
    if (!form.matches()) {
      return Optional.empty();
    }
    String owner = form.group(1);
    String name = form.group(2);
    String file = form.group(3);
    if (file != null && !RemotePath.isSafe(file)) {
      return Optional.empty();
    }
    if (owner == null) {
      return KnownModel.find(name).map(k -> new ModelName(k.repository(), file, k));
    }
    return RepositoryName.isName(owner, name)
        ? Optional.of(new ModelName(new RepositoryName(owner, name), file, null))
        : Optional.empty();
  }

  /**
   * Reads a name.
   *
   * @param words as users write them
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

  /**
   * The models that may be meant: one where the name and what there is leave no choice.
   *
   * @param models paths of all models of the repository
   */
  List<String> choose(List<String> models) {
    if (file != null) {
      return models.contains(file)
          ? List.of(file)
          : models.stream().filter(path -> GgufPath.hasType(path, file)).toList();
    }
    List<String> meant =
        models.stream().filter(path -> known == null || known.matches(path)).toList();
    if (meant.size() <= 1) {
      return meant;
    }
    return Stream.of(
            DEFAULTS.stream().filter(meant::contains).limit(1).toList(),
            meant.stream().filter(path -> GgufPath.hasType(path, DEFAULT_TYPE)).toList(),
            newest(meant))
        .filter(some -> some.size() == 1)
        .findFirst()
        .orElse(meant);
  }

  /** The owners of known models publish them again from time to time. */
  private List<String> newest(List<String> meant) {
    boolean dated = known != null && meant.stream().noneMatch(GgufPath::isGguf);
    return dated ? List.of(meant.stream().max(KnownModel.BY_DATE).orElseThrow()) : meant;
  }

  @Override
  public String toString() {
    String start = known == null ? repository.toString() : known.name();
    return file == null ? start : start + ":" + file;
  }
}
