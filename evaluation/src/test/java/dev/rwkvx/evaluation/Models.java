package dev.rwkvx.evaluation;

import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;

/** Small untrained models that read bytes. */
final class Models {
  static final Tokenizer BYTES = new Tokenizer(Vocabulary.bytes());

  private Models() {}

  /** A hybrid of 2 + 1 blocks. */
  static RwkvX hybrid() {
    Config config = new Config(256, 64, 32, 2, 1, 40, 2);
    return RwkvX.open(RandomModel.create(config, WeightType.F32, 1), ModelOptions.defaults());
  }

  static Subject subject(RwkvX model) {
    return new Subject(model, BYTES, CacheOptions.exact(), Ablation.NONE);
  }
}
