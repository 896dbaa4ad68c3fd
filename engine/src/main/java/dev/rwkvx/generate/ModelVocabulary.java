package dev.rwkvx.generate;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.StreamSupport;

/**
 * The vocabulary that a model was made for: the one in its file; the one that the file names, from
 * the folder of the file; or, if it is silent, the one of the Hugging Face repository that the
 * folder is, or what the number of ids tells.
 */
public final class ModelVocabulary {
  private static final List<String> BYTES = List.of("byte", "bytes");
  private static final int WORLD_SIZE = 65536;
  private static final String WORLD = "rwkv_vocab_v20230424";

  /** The file that makes a folder a Hugging Face repository. */
  private static final String CONFIG = "config.json";

  /** The vocabularies of such repositories, the first choice first. */
  private static final List<String> REPOSITORY_FILES =
      List.of("rwkv_vocab_*.txt", "tokenizer.json", "vocab.txt");

  private static final String ENDING = ".txt";
  private static final int LONGEST_NAME = 100;

  private ModelVocabulary() {}

  /**
   * Looks for the vocabulary of a model.
   *
   * @param model an open model
   * @return the one in the model's metadata, or in the file of its folder that the metadata, the
   *     form of the folder or the number of ids tells; empty when there is none
   * @throws dev.rwkvx.InputException when it is there and cannot be used
   */
  public static Optional<Vocabulary> find(RwkvX model) {
    return find(model.config(), model.metadata(), model.path());
  }

  /**
   * The same for a model whose weights are not wanted.
   *
   * @param checkpoint an open file
   * @return as {@link #find(RwkvX)}
   * @throws dev.rwkvx.InputException when the checkpoint is no model, or its vocabulary is there
   *     and cannot be used
   */
  public static Optional<Vocabulary> find(Checkpoint checkpoint) {
    Config config = ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty());
    return find(config, checkpoint.metadata(), checkpoint.path());
  }

  private static Optional<Vocabulary> find(
      Config config, Map<String, String> metadata, Path model) {
    String recorded = recorded(config, metadata);
    // A vocabulary in the model itself is text of many lines.
    if (recorded.contains("\n")) {
      return Optional.of(Vocabulary.fromText(model.toString(), recorded));
    }
    boolean silent = !metadata.containsKey(ModelShape.VOCABULARY_KEY);
    Optional<Path> file =
        beside(model, recorded).or(() -> silent ? inRepository(model) : Optional.empty());
    if (file.isEmpty() && BYTES.contains(recorded)) {
      return Optional.of(Vocabulary.bytes());
    }
    return file.map(Vocabulary::load);
  }

  /**
   * The name of the file that {@link #find(RwkvX)} looks for in the model's folder. Reads no
   * weights.
   *
   * @param checkpoint an open file
   * @return empty when it needs no file, nothing tells which, or its folder has another one
   * @throws dev.rwkvx.InputException when the checkpoint is no model
   */
  public static Optional<String> fileName(Checkpoint checkpoint) {
    Config config = ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty());
    String recorded = recorded(config, checkpoint.metadata());
    boolean another =
        !checkpoint.metadata().containsKey(ModelShape.VOCABULARY_KEY)
            && beside(checkpoint.path(), recorded).isEmpty()
            && inRepository(checkpoint.path()).isPresent();
    if (another || recorded.isEmpty() || recorded.contains("\n") || BYTES.contains(recorded)) {
      return Optional.empty();
    }
    return Optional.of(recorded.endsWith(ENDING) ? recorded : recorded + ENDING);
  }

  /**
   * {@return why there is none to be found, as the end of a sentence: {@code model.pth has …}}
   *
   * @param model one for which {@link #find(RwkvX)} found nothing
   */
  public static String whyMissing(RwkvX model) {
    return whyMissing(model.config(), model.metadata(), model.path());
  }

  /**
   * {@return the same for a model whose weights are not wanted}
   *
   * @param checkpoint one for which {@link #find(Checkpoint)} found nothing
   */
  public static String whyMissing(Checkpoint checkpoint) {
    Config config = ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty());
    return whyMissing(config, checkpoint.metadata(), checkpoint.path());
  }

  private static String whyMissing(Config config, Map<String, String> metadata, Path model) {
    String recorded = recorded(config, metadata);
    return "%s has %d token ids and %s"
        .formatted(
            model,
            config.vocabulary(),
            recorded.isEmpty()
                ? "does not name its vocabulary"
                : "there is no %s.txt beside it".formatted(shown(recorded)));
  }

  private static String recorded(Config config, Map<String, String> metadata) {
    String bySize =
        switch (config.vocabulary()) {
          case 256 -> BYTES.getFirst();
          case WORLD_SIZE -> WORLD;
          default -> "";
        };
    return metadata.getOrDefault(ModelShape.VOCABULARY_KEY, bySize);
  }

  /** The file of this name in the model's folder, never in another one. */
  private static Optional<Path> beside(Path model, String recorded) {
    if (recorded.isEmpty() || BYTES.contains(recorded)) {
      return Optional.empty();
    }
    for (String name : List.of(recorded, recorded + ENDING)) {
      try {
        Path last = Path.of(name).getFileName();
        if (last != null && Files.isRegularFile(folder(model).resolve(last))) {
          return Optional.of(folder(model).resolve(last));
        }
      } catch (InvalidPathException e) {
        // A name that no file can have.
      }
    }
    return Optional.empty();
  }

  /** The vocabulary file of the model's folder, if that is a Hugging Face repository. */
  private static Optional<Path> inRepository(Path model) {
    Path folder = folder(model);
    if (Files.isRegularFile(folder.resolve(CONFIG))) {
      for (String form : REPOSITORY_FILES) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, form)) {
          Optional<Path> first =
              StreamSupport.stream(files.spliterator(), false)
                  .filter(Files::isRegularFile)
                  .min(Path::compareTo);
          if (first.isPresent()) {
            return first;
          }
        } catch (IOException | DirectoryIteratorException e) {
          throw new InputException(folder + ": cannot be searched for a vocabulary (" + e + ")", e);
        }
      }
    }
    return Optional.empty();
  }

  /** The folder in which a model lies, or which it is. */
  private static Path folder(Path model) {
    return Files.isDirectory(model) ? model : model.resolveSibling("");
  }

  /** A stranger's word, fit for a message. */
  private static String shown(String name) {
    String start = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
    return start.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD");
  }
}
