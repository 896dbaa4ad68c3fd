package dev.rwkvx.cli;

import dev.rwkvx.benchmarks.Shape;
import dev.rwkvx.model.Config;
import dev.rwkvx.training.Schedule;
import dev.rwkvx.training.run.RunConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of a training run on the command line. Each stands for a key of its configuration,
 * which says the same in a file; what is not given is not in the map.
 */
final class TrainArguments {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /**
   * What was given, by key.
   *
   * @throws dev.rwkvx.InputException when a shape means nothing
   */
  Map<String, Object> values() {
    if (headSize != null) {
      BenchArguments.requireRange("--head-size", headSize, 4096);
      put("model.shape.head_size", headSize);
    }
    if (shape != null) {
      Config sizes = headSize == null ? Shape.parse(shape) : Shape.parse(shape, headSize);
      put("model.shape.head_size", sizes.headSize());
      put("model.shape.embedding", sizes.embedding());
      put("model.shape.rwkv_blocks", sizes.rwkvBlocks());
      put("model.shape.sparse_blocks", sizes.sparseBlocks());
    }
    return values;
  }

  private void put(String key, @Nullable Object value) {
    if (value != null) {
      values.put(key, value);
    }
  }

  // --- model ---------------------------------------------------------------------------------

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The .pth or .safetensors checkpoint to begin with.")
  private void model(@Nullable String file) {
    put("model.file", file);
  }

  @Option(
      names = "--shape",
      paramLabel = "SHAPE",
      description = "Begin with a new model. " + Shape.DESCRIPTION)
  private @Nullable String shape;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description = "Tokens of a new model (default: those of --vocab).")
  private void vocabularySize(@Nullable Integer size) {
    put("model.shape.vocabulary", size);
  }

  @Option(
      names = "--head-size",
      paramLabel = "N",
      description = "Head size of a new model (default: 64).")
  private @Nullable Integer headSize;

  @Option(
      names = "--low-rank",
      paramLabel = "N",
      split = ",",
      description =
          "Inner size of the low-rank pairs of a new model, or four for decay, rate, value and gate"
              + " (default: by the embedding size, as in the published models).")
  private void lowRank(@Nullable List<Integer> sizes) {
    put("model.shape.low_rank", sizes);
  }

  @Option(
      names = "--chunk-size",
      paramLabel = "B",
      description =
          "Tokens per chunk of the sparse attention (default: as the file says, or 2048).")
  private void chunkSize(@Nullable Integer tokens) {
    put("model.chunk_size", tokens);
  }

  @Option(
      names = "--attention-top-k",
      paramLabel = "K",
      description = "Chunks that a token attends to (default: as the file says, or 3).")
  private void topK(@Nullable Integer chunks) {
    put("model.top_k", chunks);
  }

  @Option(
      names = "--train",
      paramLabel = "PATTERN",
      split = ",",
      description =
          "Tensors that learn: names in which * stands for anything (default: all; align: moba.*).")
  private void train(@Nullable List<String> patterns) {
    put("parameters.train", patterns);
  }

  @Option(
      names = "--freeze",
      paramLabel = "PATTERN",
      split = ",",
      description = "Tensors that stay as they are, out of those that would learn.")
  private void freeze(@Nullable List<String> patterns) {
    put("parameters.freeze", patterns);
  }

  @Option(
      names = "--lora",
      paramLabel = "RANK",
      description = "Learn low-rank adapters of the large matrices, to be merged, and no more.")
  private void loraRank(@Nullable Integer rank) {
    put("lora.rank", rank);
  }

  @Option(
      names = "--lora-alpha",
      paramLabel = "A",
      description = "Their part is scaled by A / RANK (default: RANK).")
  private void loraAlpha(@Nullable Double alpha) {
    put("lora.alpha", alpha);
  }

  @Option(
      names = "--lora-matrices",
      paramLabel = "PATTERN",
      split = ",",
      description = "Matrices that get one (default: *.att.*.weight,*.ffn.*.weight).")
  private void loraMatrices(@Nullable List<String> patterns) {
    put("lora.matrices", patterns);
  }

  @Option(
      names = "--tune-state",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Learn the initial WKV states and no more.")
  private void tuneState(@Nullable Boolean tune) {
    put("tune_state", tune);
  }

  // --- data ----------------------------------------------------------------------------------

  @Option(
      names = "--data",
      paramLabel = "DATA",
      arity = "1..*",
      description =
          "The prefix of a token stream; with sft, .jsonl files of conversations or prompts with"
              + " completions.")
  private void data(@Nullable List<String> files) {
    put("data.files", files);
  }

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      description =
          "A vocabulary file, or 'byte' for one token per byte: for conversations and new models;"
              + " the model keeps it (default: the one that the model keeps).")
  private void vocabulary(@Nullable String file) {
    put("data.vocabulary", file);
  }

  @Option(
      names = "--sampler",
      paramLabel = "KIND",
      description =
          "cubic, the official order; packed, whole documents; conversations"
              + " (default: cubic; long: packed; sft: conversations).")
  private void sampler(RunConfig.@Nullable Sampler kind) {
    put("data.sampler", kind);
  }

  @Option(
      names = "--shortest",
      paramLabel = "N",
      description = "Leave out documents with fewer tokens; packed only (default: 2).")
  private void shortest(@Nullable Integer tokens) {
    put("data.shortest", tokens);
  }

  @Option(
      names = "--answer-weight",
      paramLabel = "W",
      description =
          "Tokens that PREFIX.weights marks as answers count W times in the loss (default: 1).")
  private void answerWeight(@Nullable Double weight) {
    put("data.answer_weight", weight);
  }

  @Option(
      names = "--context",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Tokens of a sequence (default: 1024; long: 64000; sft: 4096).")
  private void context(@Nullable Integer tokens) {
    put("data.context", tokens);
  }

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Sequences that are worked on at once, by each rank (default: 8; long: 1; sft: 4).")
  private void batch(@Nullable Integer sequences) {
    put("data.batch", sequences);
  }

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "Such batches in a step (default: 1).")
  private void accumulate(@Nullable Integer batches) {
    put("data.accumulate", batches);
  }

  @Option(
      names = "--validation",
      paramLabel = "DATA",
      arity = "1..*",
      description = "Data like --data that is measured, not learnt.")
  private void validation(@Nullable List<String> files) {
    put("validation.files", files);
  }

  @Option(
      names = "--validation-every",
      paramLabel = "STEPS",
      description = "How often it is measured (default: 100).")
  private void validationEvery(@Nullable Long steps) {
    put("validation.every", steps);
  }

  @Option(
      names = "--validation-sequences",
      paramLabel = "N",
      description = "Sequences that are measured, at most (default: 32).")
  private void validationSequences(@Nullable Long sequences) {
    put("validation.sequences", sequences);
  }

  // --- length and learning rate --------------------------------------------------------------

  @Option(names = "--steps", paramLabel = "N", description = "Length of the run in steps.")
  private void steps(@Nullable Long steps) {
    put("budget.steps", steps);
  }

  @Option(names = "--tokens", paramLabel = "N", description = "Length of the run in tokens.")
  private void tokens(@Nullable Long tokens) {
    put("budget.tokens", tokens);
  }

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Length of the run in passes through the data.")
  private void epochs(@Nullable Long epochs) {
    put("budget.epochs", epochs);
  }

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description =
          "Learning rate after the warm-up (default: 6e-4; align: 3e-4; long: 1e-5; sft: 2e-5;"
              + " --lora: 1e-4; --tune-state: 1).")
  private void rate(@Nullable Double rate) {
    put("schedule.lr", rate);
  }

  @Option(
      names = "--lr-last",
      paramLabel = "RATE",
      description =
          "Learning rate at the end (default: 6e-5; align: 3e-5; sft: 2e-6; --lora: 1e-5;"
              + " --tune-state: 0.01).")
  private void lastRate(@Nullable Double rate) {
    put("schedule.lr_last", rate);
  }

  @Option(
      names = "--schedule",
      paramLabel = "SHAPE",
      description = "constant, linear or cosine (default: cosine; long: constant).")
  private void schedule(Schedule.@Nullable Shape shape) {
    put("schedule.shape", shape);
  }

  @Option(
      names = "--warm-up",
      paramLabel = "TOKENS",
      description = "Tokens of the warm-up (default: a hundredth of the run; long: 0).")
  private void warmUp(@Nullable Long tokens) {
    put("schedule.warm_up", tokens);
  }

  // --- optimiser -----------------------------------------------------------------------------

  @Option(names = "--beta1", paramLabel = "B", description = "Of AdamW (default: 0.9).")
  private void beta1(@Nullable Double beta) {
    put("optimiser.beta1", beta);
  }

  @Option(names = "--beta2", paramLabel = "B", description = "Of AdamW (default: 0.99).")
  private void beta2(@Nullable Double beta) {
    put("optimiser.beta2", beta);
  }

  @Option(names = "--epsilon", paramLabel = "E", description = "Of AdamW (default: 1e-18).")
  private void epsilon(@Nullable Double epsilon) {
    put("optimiser.epsilon", epsilon);
  }

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "Of matrices, times the learning rate (default: 0.001).")
  private void weightDecay(@Nullable Double decay) {
    put("optimiser.weight_decay", decay);
  }

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "The largest norm of the gradients (default: 1).")
  private void clip(@Nullable Double norm) {
    put("optimiser.clip", norm);
  }

  // --- resets and LongCE ---------------------------------------------------------------------

  @Option(
      names = "--reset-probability",
      paramLabel = "P",
      description = "Share of the sequences in which WKV states are cleared (default: 0).")
  private void resetProbability(@Nullable Double probability) {
    put("resets.probability", probability);
  }

  @Option(
      names = "--reset-least",
      paramLabel = "N",
      description = "Least tokens between two resets (default: 256).")
  private void resetLeast(@Nullable Integer tokens) {
    put("resets.least", tokens);
  }

  @Option(
      names = "--reset-most",
      paramLabel = "N",
      description = "Most tokens between two resets (default: 4096).")
  private void resetMost(@Nullable Integer tokens) {
    put("resets.most", tokens);
  }

  @Option(
      names = "--reset-states",
      split = ",",
      paramLabel = "FILE",
      description =
          "States that resets go to as often as to empty ones: files of 'generate --save-state'.")
  private void resetStates(@Nullable List<String> files) {
    put("resets.states", files);
  }

  @Option(
      names = "--longce",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Weight tokens by what a long context tells of them (default: long only).")
  private void longCe(@Nullable Boolean enabled) {
    put("long_ce.enabled", enabled);
  }

  @Option(
      names = "--longce-trunc",
      paramLabel = "N",
      description = "Least tokens of a short context (default: 4000).")
  private void longCeTrunc(@Nullable Integer tokens) {
    put("long_ce.trunc", tokens);
  }

  @Option(
      names = "--longce-interval",
      paramLabel = "N",
      description = "Tokens between the starts of short contexts (default: 4000).")
  private void longCeInterval(@Nullable Integer tokens) {
    put("long_ce.interval", tokens);
  }

  @Option(
      names = "--longce-cap",
      paramLabel = "W",
      description = "The largest weight (default: 10).")
  private void longCeCap(@Nullable Double cap) {
    put("long_ce.cap", cap);
  }

  // --- saving and computing ------------------------------------------------------------------

  @Option(
      names = "--save-every",
      paramLabel = "STEPS",
      description = "Save a checkpoint every so many steps (default: by time alone).")
  private void saveEvery(@Nullable Long steps) {
    put("checkpoints.every_steps", steps);
  }

  @Option(
      names = "--save-minutes",
      paramLabel = "M",
      description = "Save a checkpoint every so many minutes (default: 10).")
  private void saveMinutes(@Nullable Double minutes) {
    put("checkpoints.every_minutes", minutes);
  }

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "Checkpoints that are kept, the latest (default: 2).")
  private void keep(@Nullable Integer checkpoints) {
    put("checkpoints.keep", checkpoints);
  }

  @Option(
      names = "--save-model",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Write model.safetensors with every checkpoint, not only at the end.")
  private void saveModel(@Nullable Boolean model) {
    put("checkpoints.model", model);
  }

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Weights of model.safetensors: f32 or bf16 (default: f32).")
  private void type(RunConfig.@Nullable OutputType type) {
    put("checkpoints.type", type == null ? null : type.name().toLowerCase(Locale.ROOT));
  }

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: one per processor, shared by ranks).")
  private void threads(@Nullable Integer threads) {
    put("threads", threads);
  }

  @Option(
      names = "--check-every",
      paramLabel = "STEPS",
      description = "How often ranks compare checksums of their weights (default: 100).")
  private void checkEvery(@Nullable Long steps) {
    put("check_every", steps);
  }

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of all that is random (default: 0).")
  private void seed(@Nullable Long seed) {
    put("seed", seed);
  }
}
