package dev.rwkvx.server.api;

import dev.rwkvx.InputException;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.model.StateFile;
import dev.rwkvx.server.ServerOptions.SavedStates;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.schedule.Start;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Saved states by name, each a file of a folder. Files appear whole or not at all; whatever else
 * lies in the folder does no harm.
 */
final class States {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");
  private static final String ENDING = ".safetensors";

  /** What a file has beside the numbers of the state. */
  private static final long MOST_HEADER = 1 << 16;

  private final Optional<SavedStates> saved;
  private final RwkvX model;
  private final CacheOptions cache;
  private final String vocabulary;
  private final LoadedStates loaded = new LoadedStates();

  /**
   * @param saved their folder, made if it is absent; empty for a server without saved states
   * @param vocabulary fingerprint of the vocabulary in use
   * @throws InputException when the folder cannot be made
   */
  States(Optional<SavedStates> saved, RwkvX model, CacheOptions cache, String vocabulary) {
    this.saved = saved;
    this.model = model;
    this.cache = cache;
    this.vocabulary = vocabulary;
    saved.map(SavedStates::folder).ifPresent(States::make);
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new InputException(folder + ": the folder of states cannot be made: " + e, e);
    }
  }

  /**
   * A saved state.
   *
   * @param created seconds since 1970
   * @param tokens that it has read; −1 when it cannot be used
   * @param problem why it cannot be used; null when it can
   */
  record Info(String name, long created, long bytes, long tokens, Optional<String> problem) {}

  /** All files of the folder that are not hidden, by name. */
  List<Info> list() {
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.startsWith("."))
          .sorted()
          .flatMap(name -> info(folder().resolve(name)).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * One of them.
   *
   * @throws ApiException when the name is none or there is no such state
   */
  Info find(String name) {
    return info(file(name)).orElseThrow(() -> missing(name));
  }

  /** Nothing if the file is gone. */
  private Optional<Info> info(Path file) {
    String fileName = String.valueOf(file.getFileName());
    String name =
        fileName.endsWith(ENDING)
            ? fileName.substring(0, fileName.length() - ENDING.length())
            : fileName;
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      long created = attributes.lastModifiedTime().toMillis() / 1000;
      try {
        if (!fileName.endsWith(ENDING) || !NAME.matcher(name).matches()) {
          throw new InputException(fileName + " is no saved state");
        }
        long tokens = StateFile.position(file, model, vocabulary, cache);
        return Optional.of(new Info(name, created, attributes.size(), tokens, Optional.empty()));
      } catch (InputException e) {
        Optional<String> problem = Optional.of(withoutFolder(e));
        return Optional.of(new Info(name, created, attributes.size(), -1, problem));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where a prompt begins that goes on with a saved state. */
  Start start(String name) {
    Path file = file(name);
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      String namespace =
          String.join(
              "/",
              name,
              Long.toString(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS)),
              Long.toString(attributes.size()),
              String.valueOf(attributes.fileKey()));
      return loaded.start(namespace, () -> StateFile.load(file, model, vocabulary, cache));
    } catch (NoSuchFileException e) {
      throw missing(name);
    } catch (InputException e) {
      throw ApiException.badRequest("state", "unusable_state", withoutFolder(e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Saves a state, in place of an older one of the name. One after the other, so that they cannot
   * go beyond the limits together.
   *
   * @throws ApiException 507 when there would be too many, or too large ones; none is ever deleted
   *     for another
   */
  synchronized void save(String name, State state) {
    Path file = file(name);
    long count = 1;
    long bytes = state.bytes() + MOST_HEADER;
    try (Stream<Path> files = Files.list(folder())) {
      for (Path other : files.filter(other -> !other.equals(file)).toList()) {
        count++;
        bytes += Files.isRegularFile(other) ? other.toFile().length() : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SavedStates limits = saved.orElseThrow();
    if (count > limits.most() || bytes > limits.mostBytes()) {
      throw ApiException.refused(
          507,
          "too_many_states",
          "With this one there would be %d states of %d MiB; at most %d of %d MiB are kept. Delete"
                  .formatted(count, bytes >> 20, limits.most(), limits.mostBytes() >> 20)
              + " some first");
    }
    StateFile.save(state, model, vocabulary, file);
  }

  /**
   * Deletes a state, usable or not.
   *
   * @throws ApiException when there is none of this name
   */
  void delete(String name) {
    try {
      Files.delete(file(name));
    } catch (NoSuchFileException e) {
      throw missing(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Refuses names that are none. */
  static String checkedName(String name, String path) {
    if (!NAME.matcher(name).matches()) {
      throw ApiException.badRequest(
          path,
          "invalid_name",
          "A state's name has 1 to 64 of the characters A-Z a-z 0-9 . _ - and does not begin with a"
              + " dot");
    }
    return name;
  }

  private Path file(String name) {
    return folder().resolve(checkedName(name, "state") + ENDING);
  }

  private Path folder() {
    return saved
        .map(SavedStates::folder)
        .orElseThrow(() ->
            ApiException.badRequest(
                "state", "no_states", "This server has no folder for states (--states-dir)"));
  }

  private static ApiException missing(String name) {
    return ApiException.notFound("state", "state_not_found", "There is no state '" + name + "'");
  }

  /** Clients need not know where files lie. */
  private String withoutFolder(InputException e) {
    return String.valueOf(e.getMessage())
        .replace(folder() + File.separator, "")
        .replace(model.path().toString(), "the one in use");
  }
}
