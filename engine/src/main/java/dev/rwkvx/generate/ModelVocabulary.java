package dev.rwkvx.generate;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary that a model was made for: the one in its file; the one that the file names, from
 * the folder of the file; or, if it is silent, what the number of ids tells.
 */
public final class ModelVocabulary {
  private static final List<String> BYTES = List.of("byte", "bytes");
  private static final int WORLD_SIZE = 65536;
  private static final String WORLD = "rwkv_vocab_v20230424";
  private static final String ENDING = ".txt";
  private static final int LONGEST_NAME = 100;

  private ModelVocabulary() {}

  /**
   * Looks for the vocabulary of a model.
   *
   * @param model an open model
   * @return the one in the model's metadata, or in the file of its folder that the metadata or the
   *     number of ids tells; empty when there is neither
   * @throws dev.rwkvx.InputException when it is there and cannot be used
   */
  public static Optional<Vocabulary> find(RwkvX model) {
    String recorded = recorded(model);
    // A vocabulary in the model itself is text of many lines.
    if (recorded.contains("\n")) {
      return Optional.of(Vocabulary.fromText(model.path().toString(), recorded));
    }
    if (BYTES.contains(recorded)) {
      return Optional.of(Vocabulary.bytes());
    }
    return Optional.ofNullable(beside(model.path(), recorded)).map(Vocabulary::load);
  }

  /**
   * The name of the file that {@link #find} looks for in the model's folder. Reads no weights.
   *
   * @param checkpoint an open file
   * @return empty when it needs no file, or nothing tells which
   * @throws dev.rwkvx.InputException when the checkpoint is no model
   */
  public static Optional<String> fileName(Checkpoint checkpoint) {
    Config config = ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty());
    String recorded = recorded(config, checkpoint.metadata());
    if (recorded.isEmpty() || recorded.contains("\n") || BYTES.contains(recorded)) {
      return Optional.empty();
    }
    return Optional.of(recorded.endsWith(ENDING) ? recorded : recorded + ENDING);
  }

  /**
   * {@return why there is none to be found, as the end of a sentence: {@code model.pth has …}}
   *
   * @param model one for which {@link #find} found nothing
   */
  public static String whyMissing(RwkvX model) {
    String recorded = recorded(model);
    return "%s has %d token ids and %s"
        .formatted(
            model.path(),
            model.config().vocabulary(),
            recorded.isEmpty()
                ? "does not name its vocabulary"
                : "there is no %s.txt beside it".formatted(shown(recorded)));
  }

  private static String recorded(RwkvX model) {
    return recorded(model.config(), model.metadata());
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

  /** The file of this name in the model's folder, never in another one; null if there is none. */
  private static @Nullable Path beside(Path model, String recorded) {
    if (recorded.isEmpty()) {
      return null;
    }
    for (String name : List.of(recorded, recorded + ENDING)) {
      try {
        Path last = Path.of(name).getFileName();
        if (last != null && Files.isRegularFile(model.resolveSibling(last))) {
          return model.resolveSibling(last);
        }
      } catch (InvalidPathException e) {
        // A name that no file can have.
      }
    }
    return null;
  }

  /** A stranger's word, fit for a message. */
  private static String shown(String name) {
    String start = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
    return start.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD");
  }
}
