package dev.rwkvx.generate;

import dev.rwkvx.model.ModelShape;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary that a model was made for: the one in its file; the one that the file names, from
 * the folder of the file; or, if it is silent, what the number of ids tells.
 */
public final class ModelVocabulary {
  private static final List<String> BYTES = List.of("byte", "bytes");
  private static final int WORLD_SIZE = 65536;
  private static final String WORLD = "rwkv_vocab_v20230424";
  private static final int LONGEST_NAME = 100;

  private ModelVocabulary() {}

  /**
   * Looks for the vocabulary of a model.
   *
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

  /** Why there is none to be found, as the end of a sentence: {@code model.pth has …}. */
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
    String bySize =
        switch (model.config().vocabulary()) {
          case 256 -> BYTES.getFirst();
          case WORLD_SIZE -> WORLD;
          default -> "";
        };
    return model.metadata().getOrDefault(ModelShape.VOCABULARY_KEY, bySize);
  }

  /** The file of this name in the model's folder, never in another one; null if there is none. */
  private static @Nullable Path beside(Path model, String recorded) {
    if (recorded.isEmpty()) {
      return null;
    }
    for (String name : List.of(recorded, recorded + ".txt")) {
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
