package dev.rwkvx.evaluation;

import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.model.State;
import dev.rwkvx.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What is evaluated: a model, how its states keep keys and values, and what they do without.
 *
 * @param model stays open, and the caller's
 * @param tokenizer the model's vocabulary
 * @param cache how states keep keys and values
 * @param ablation what states do without
 */
public record Subject(RwkvX model, Tokenizer tokenizer, CacheOptions cache, Ablation ablation) {
  /** {@return an empty state} */
  public State newState() {
    return model.newState(cache, ablation);
  }

  /**
   * Reads prompts with the model.
   *
   * @param batch prompts side by side, which changes no result
   * @return a reader that shares the beginnings of prompts
   */
  public PromptReader reader(int batch) {
    return new SharedPrefixes(model, this::newState, batch);
  }

  /** {@return all that decides what the model says, by name} */
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("model", model.fingerprint());
    settings.put("vocabulary", tokenizer.vocabulary().fingerprint());
    if (model.config().sparseBlocks() > 0) {
      settings.put("chunk_size", model.config().chunkSize());
      settings.put("top_k", model.config().topK());
      settings.put("kv_cache", cache.content());
    }
    settings.put("zero_sparse", ablation.sparseZeroed());
    settings.put("wkv_reset", ablation.wkvResetEvery());
    return settings;
  }
}
