package dev.rwkvx.cli;

import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.io.OutputPath;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.InitialStateFile;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Tokenizer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a conversation begins with, how it is kept, and where it is left. */
final class StateArguments {
  @Mixin private final CacheArguments cache = new CacheArguments();

  @Option(
      names = "--initial-state",
      paramLabel = "FILE",
      description = "Begin with a tuned state: a .pth file with blocks.N.att.time_state.")
  private @Nullable Path initial;

  @Option(
      names = "--load-state",
      paramLabel = "FILE",
      description = "Go on with a saved state; needs the same --kv-cache options as then.")
  private @Nullable Path load;

  @Option(
      names = "--save-state",
      paramLabel = "FILE",
      description = "At the end save what the model remembers.")
  private @Nullable Path save;

  /**
   * The conversation; to be closed by the caller.
   *
   * @throws FileSystemException when the state could not be saved in the end
   * @throws dev.rwkvx.InputException when a file or the cache does not fit the model
   */
  ModelContext open(RwkvX model, Tokenizer tokenizer) throws FileSystemException {
    if (save != null) {
      OutputPath.require(save);
    }
    CacheOptions options = cache.options();
    State start =
        initial == null ? model.newState(options) : InitialStateFile.load(initial, model, options);
    ModelContext context = new ModelContext(model, tokenizer.vocabulary().fingerprint(), start);
    try {
      if (load != null) {
        context.load(load);
      }
      return context;
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
  }

  /** Whether the conversation goes on with a saved one. */
  boolean loads() {
    return load != null;
  }

  /** Whether {@link #save} will write a file. */
  boolean saves() {
    return save != null;
  }

  /**
   * Saves the conversation if that was asked for.
   *
   * @throws dev.rwkvx.InputException when the file cannot be written
   */
  void save(ModelContext context) {
    if (save != null) {
      context.save(save);
    }
  }
}
