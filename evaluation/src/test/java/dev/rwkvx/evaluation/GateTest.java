package dev.rwkvx.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Ablation;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Bounded;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.ModelOptions;
import dev.rwkvx.model.RandomModel;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.plots.Table;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Evaluations tell how often the sparse blocks attended to what they ask for. */
class GateTest {
  private static final int ALL = 1 << 20;
  private static final CacheOptions EXACT = CacheOptions.exact();

  /** Two keys at the beginning and two at the end of 500 bytes, in chunks of 8. */
  private static final Passkey.Options OPTIONS = new Passkey.Options(List.of(500), 2, 2, 1, false);

  private Journal<Answer> journal = Journal.inMemory();

  private Report run(int topK, CacheOptions cache, Ablation ablation) {
    Config config = new Config(256, 64, 32, 2, 2, 8, topK);
    try (RwkvX model =
        RwkvX.open(RandomModel.create(config, WeightType.F32, 1), ModelOptions.defaults())) {
      Subject subject = new Subject(model, Models.BYTES, cache, ablation);
      journal = Journal.inMemory();
      return new Passkey(subject.reader(3), Models.BYTES, OPTIONS)
          .run(journal, EvaluationListener.NONE);
    }
  }

  private Optional<GateHit> gate(String item) {
    return journal.outcome(item).gate();
  }

  @Test
  void whoAttendsToEverythingHitsAlwaysAndWhoChoosesNothingNever() {
    Table all = run(ALL, EXACT, Ablation.NONE).table();
    assertThat(all.columns()).endsWith("gate_hit", "gate_hit_mean");
    assertThat(all.rows()).allSatisfy(row -> assertThat(row).endsWith("1.0000", "1.0000"));
    Answer answer = journal.outcome("500/0/0");
    GateHit hit = answer.gate().orElseThrow();
    assertThat(hit.queries()).isEqualTo(1 + answer.expected().getFirst().length());
    assertThat(hit.heads()).isEqualTo(List.of(List.of(1.0, 1.0), List.of(1.0, 1.0)));

    Report own = run(1, EXACT, Ablation.NONE);
    assertThat(own.table().rows()).allSatisfy(row -> assertThat(row).endsWith("0.0000", "0.0000"));
    assertThat(own.summary()).containsEntry("gate_hit", 0.0).containsEntry("gate_hit_mean", 0.0);
  }

  @Test
  void whereNothingCanBeToldNothingIs() {
    Report without = run(3, EXACT, new Ablation(true, 0));
    assertThat(without.table().columns()).doesNotContain("gate_hit");
    assertThat(without.summary()).doesNotContainKey("gate_hit");
    assertThat(gate("500/0/0")).isEmpty();
    run(3, EXACT.with(new Bounded(128, 64, 16, 8)), Ablation.NONE);
    assertThat(gate("500/0/0")).isEmpty();
  }
}
