package dev.rwkvx.training.run;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.model.LowRanks;
import dev.rwkvx.training.AdamW;
import dev.rwkvx.training.LongCe;
import dev.rwkvx.training.Schedule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All options of a training run, as they stand in its {@code config.toml}: components are keys,
 * records are tables. Whatever can be built is possible in itself; that files exist and fit one
 * another is found out when the run starts.
 *
 * @param recipe whose defaults were used
 * @param seed of all that is random: a new model, the order of the data, resets
 * @param threads that compute, this process's share of the processors when null; the result does
 *     not depend on it
 * @param checkEvery steps between comparisons of the weights of all ranks, 100 when null
 * @param model what is trained
 * @param data what is learnt
 * @param budget the length of the run
 * @param schedule the learning rate
 * @param optimiser the constants of AdamW
 * @param parameters which tensors learn
 * @param lora low-rank adapters, or none
 * @param tuneState whether only the initial WKV states are learnt
 * @param resets of WKV states inside sequences
 * @param longCe weights of tokens
 * @param validation data that is measured, not learnt
 * @param checkpoints when the run is saved
 */
public record RunConfig(
    Recipe recipe,
    long seed,
    @Nullable Integer threads,
    @Nullable Long checkEvery,
    Model model,
    Data data,
    Budget budget,
    Rate schedule,
    Optimiser optimiser,
    Trained parameters,
    Lora lora,
    boolean tuneState,
    Resets resets,
    LongCeOptions longCe,
    Validation validation,
    Checkpointing checkpoints) {
  /** Far more than any machine has use for, and few enough to start. */
  private static final int MOST_THREADS = 1024;

  /** The tokens of a batch are addressed by int, with room for what is made of them. */
  private static final long MOST_TOKENS = 1L << 28;

  private static final int MOST_RANK = 1 << 16;
  private static final int MOST_BATCHES = 1 << 20;
  private static final int MOST_WEIGHT = 1_000_000;
  private static final int MOST_RANKS = 1 << 14;
  private static final long CHECK_EVERY = 100;

  /** Tokens or sequences of a run: counts stay far from the limits of long. */
  private static final long MOST_RUN = 1L << 60;

  /**
   * Checks the options against one another; an {@link dev.rwkvx.InputException} names those that do
   * not go together.
   */
  public RunConfig {
    require(
        threads == null || (threads >= 1 && threads <= MOST_THREADS),
        "threads is %s; expected 1 to %d",
        threads,
        MOST_THREADS);
    atLeast("check_every", checkEvery, 1);
    require(
        lora.rank == null || !tuneState,
        "lora.rank and tune_state are both given; expected one of the two");
    checkFiles("validation.files", validation.files, data.sampler);
    require(
        !longCe.enabled() || longCe.trunc() < data.context(),
        "long_ce.trunc is %s; expected less than data.context, which is %s",
        longCe.trunc(),
        data.context());
  }

  /**
   * The same with the tokens of the warm-up filled in.
   *
   * @param total tokens of the whole run
   */
  RunConfig withWarmUp(long total) {
    Long given = schedule.warmUp;
    require(
        given == null || given <= total,
        "schedule.warm_up is %s tokens; expected at most the %s of the whole run",
        given,
        total);
    return with(
        data,
        new Rate(
            schedule.shape, schedule.lr, schedule.lrLast, given == null ? total / 100 : given));
  }

  /** The same with the number of ranks filled in; a run keeps its number. */
  RunConfig withRanks(int ranks) {
    require(
        data.ranks == null || data.ranks == ranks,
        "data.ranks is %s, but %s; expected 'mpirun -np %s rwkvx train … --distributed mpi'",
        data.ranks,
        ranks == 1 ? "one process trains" : ranks + " processes train",
        data.ranks);
    return with(data.withRanks(ranks == 1 ? null : ranks), schedule);
  }

  /** What goes together but is hardly meant. */
  Optional<String> doubt() {
    return longCe.enabled() && data.weightOfAnswers() != 1
        ? Optional.of(
            ("data.answer_weight %s multiplies the weights of LongCE, which is to find by itself"
                 + " the tokens that need long contexts: the run tells nothing about LongCE unless"
                 + " one of the two is off")
                .formatted(data.answerWeight))
        : Optional.empty();
  }

  /** Steps between comparisons of the weights of all ranks. */
  long stepsBetweenChecks() {
    return checkEvery == null ? CHECK_EVERY : checkEvery;
  }

  private RunConfig with(Data otherData, Rate otherSchedule) {
    return new RunConfig(
        recipe,
        seed,
        threads,
        checkEvery,
        model,
        otherData,
        budget,
        otherSchedule,
        optimiser,
        parameters,
        lora,
        tuneState,
        resets,
        longCe,
        validation,
        checkpoints);
  }

  /**
   * The model to train: a file, or the sizes of a new one.
   *
   * @param file a .pth or .safetensors checkpoint
   * @param chunkSize of the sparse attention; as the file says, or 2048, when null
   * @param topK chunks per query; as the file says, or 3, when null
   * @param shape sizes of a new model
   */
  public record Model(
      @Nullable String file,
      @Nullable Integer chunkSize,
      @Nullable Integer topK,
      @Nullable Shape shape) {
    /** Checks that there is one of file and shape, and the ranges. */
    public Model {
      require(
          (file == null) != (shape == null),
          "%s; expected --model (model.file) or --shape (model.shape), one of the two",
          file == null ? "There is no model" : "There are two models");
      atLeast("model.chunk_size", chunkSize, 1);
      atLeast("model.top_k", topK, 1);
    }
  }

  /**
   * The sizes of a new model.
   *
   * @param vocabulary its tokens; those of the vocabulary of the data when null
   * @param embedding width of the residual stream; C
   * @param headSize width of a head; N, which divides C
   * @param rwkvBlocks RWKV-7 blocks
   * @param sparseBlocks sparse-attention blocks, which divide the RWKV-7 blocks; 0 for a plain
   *     RWKV-7
   * @param lowRank inner sizes of the low-rank pairs, one or those for decay, rate, value and gate;
   *     as in the published models when null
   */
  public record Shape(
      @Nullable Integer vocabulary,
      int embedding,
      int headSize,
      int rwkvBlocks,
      int sparseBlocks,
      @Nullable List<Integer> lowRank) {
    /** Checks the sizes against one another. */
    public Shape {
      atLeast("model.shape.vocabulary", vocabulary, 1);
      atLeast("model.shape.embedding", embedding, 1);
      atLeast("model.shape.head_size", headSize, 1);
      atLeast("model.shape.rwkv_blocks", rwkvBlocks, 1);
      atLeast("model.shape.sparse_blocks", sparseBlocks, 0);
      require(
          embedding % headSize == 0,
          "model.shape.embedding is %s; expected a multiple of model.shape.head_size, %s",
          embedding,
          headSize);
      require(
          sparseBlocks == 0 || rwkvBlocks % sparseBlocks == 0,
          "model.shape.rwkv_blocks is %s; expected a multiple of model.shape.sparse_blocks, %s",
          rwkvBlocks,
          sparseBlocks);
      require(
          lowRank == null
              || ((lowRank.size() == 1 || lowRank.size() == 4)
                  && lowRank.stream().allMatch(size -> size >= 1 && size <= MOST_RANK)),
          "model.shape.low_rank is %s; expected one size, or four, of 1 to %s",
          lowRank,
          MOST_RANK);
    }

    LowRanks ranks() {
      if (lowRank == null) {
        return LowRanks.of(embedding);
      }
      return lowRank.size() == 1
          ? LowRanks.all(lowRank.get(0))
          : new LowRanks(lowRank.get(0), lowRank.get(1), lowRank.get(2), lowRank.get(3));
    }
  }

  /** How sequences come out of files. */
  public enum Sampler {
    /** A token stream in the order of the official trainer. */
    CUBIC,
    /** A token stream by whole documents, short ones sharing sequences. */
    PACKED,
    /** JSON lines of conversations. */
    CONVERSATIONS
  }

  /**
   * What is learnt.
   *
   * @param files the prefix of one token stream, or .jsonl files of conversations
   * @param vocabulary a file, or {@code byte}: what conversations are encoded with and the model
   *     keeps; that of the model when null
   * @param sampler how sequences are taken from the data
   * @param shortest packed documents with fewer tokens are left out
   * @param context tokens of a sequence
   * @param batch sequences that each rank works on at once
   * @param accumulate such batches in a step, of each rank
   * @param ranks processes that train together; one when null
   * @param answerWeight how much tokens of answers count, as a token stream's weights file marks
   *     them; 1, as much as others, when null
   */
  public record Data(
      List<String> files,
      @Nullable String vocabulary,
      Sampler sampler,
      int shortest,
      int context,
      int batch,
      int accumulate,
      @Nullable Integer ranks,
      @Nullable Double answerWeight) {
    /** Checks the ranges, and that batches are not too large. */
    public Data {
      files = List.copyOf(files);
      checkFiles("data.files", files, sampler);
      require(!files.isEmpty(), "data.files is empty; expected --data, what to train on");
      atLeast("data.shortest", shortest, 2);
      atLeast("data.context", context, 1);
      atLeast("data.batch", batch, 1);
      require(
          accumulate >= 1 && accumulate <= MOST_BATCHES,
          "data.accumulate is %s; expected 1 to %s",
          accumulate,
          MOST_BATCHES);
      require(
          ranks == null || (ranks >= 1 && ranks <= MOST_RANKS),
          "data.ranks is %s; expected 1 to %s",
          ranks,
          MOST_RANKS);
      require(
          (long) batch * context <= MOST_TOKENS,
          "data.batch × data.context is %s tokens; expected at most %s",
          (long) batch * context,
          MOST_TOKENS);
      require(
          answerWeight == null || (answerWeight > 0 && answerWeight <= MOST_WEIGHT),
          "data.answer_weight is %s; expected a number above 0, at most %s",
          answerWeight,
          MOST_WEIGHT);
      require(
          answerWeight == null || answerWeight == 1 || sampler != Sampler.CONVERSATIONS,
          "data.answer_weight is %s; of conversations nothing but answers counts: expected 1",
          answerWeight);
    }

    float weightOfAnswers() {
      return answerWeight == null ? 1f : answerWeight.floatValue();
    }

    private Data withRanks(@Nullable Integer count) {
      return new Data(
          files, vocabulary, sampler, shortest, context, batch, accumulate, count, answerWeight);
    }

    /** Batches of a step, those of all ranks. */
    long batchesPerStep() {
      return (long) accumulate * (ranks == null ? 1 : ranks);
    }

    /** {@return sequences of a step} */
    public long sequencesPerStep() {
      return batch * batchesPerStep();
    }

    /** {@return tokens of a step} */
    public long tokensPerStep() {
      return sequencesPerStep() * context;
    }
  }

  /**
   * How long the run is: one of these.
   *
   * @param steps changes of the weights
   * @param tokens inputs, rounded up to whole steps
   * @param epochs times that all data is read
   */
  public record Budget(@Nullable Long steps, @Nullable Long tokens, @Nullable Long epochs) {
    /** Checks that one is given and the others are null. */
    public Budget {
      long given = Stream.of(steps, tokens, epochs).filter(n -> n != null).count();
      require(
          given == 1,
          "%s; expected --steps, --tokens or --epochs (of budget), one of the three",
          given == 0 ? "The length of the run is missing" : "The run has more than one length");
      atLeast("budget.steps", steps, 1);
      atLeast("budget.tokens", tokens, 1);
      require(
          tokens == null || tokens < MOST_RUN,
          "budget.tokens is %s; expected less than %s",
          tokens,
          MOST_RUN);
      atLeast("budget.epochs", epochs, 1);
    }

    /**
     * The steps of the run; the last one may go beyond the budget.
     *
     * @param epoch the sequences of an epoch
     */
    long steps(Data data, long epoch) {
      double sequences = epochs == null ? 0 : (double) epochs * epoch;
      double total = steps == null ? 0 : (double) steps * data.tokensPerStep();
      require(
          Math.max(sequences, total) < MOST_RUN,
          "budget is longer than %s tokens or sequences; expected a run that ends",
          MOST_RUN);
      if (steps != null) {
        return steps;
      }
      return tokens != null
          ? Math.ceilDiv(tokens, data.tokensPerStep())
          : Math.ceilDiv((epochs == null ? 1 : epochs) * epoch, data.sequencesPerStep());
    }
  }

  /**
   * The learning rate.
   *
   * @param shape of the curve behind the warm-up
   * @param lr after the warm-up
   * @param lrLast at the end; not used by a constant one
   * @param warmUp tokens of the warm-up; a hundredth of the run when null
   */
  public record Rate(Schedule.Shape shape, double lr, double lrLast, @Nullable Long warmUp) {
    /** Checks the ranges. */
    public Rate {
      above("schedule.lr", lr, 0);
      require(
          lrLast >= 0 && Double.isFinite(lrLast),
          "schedule.lr_last is %s; expected 0 or more",
          lrLast);
      atLeast("schedule.warm_up", warmUp, 0);
    }

    /**
     * Over a run.
     *
     * @param total its tokens
     */
    Schedule schedule(long total) {
      return new Schedule(shape, lr, lrLast, warmUp == null ? 0 : warmUp, total);
    }
  }

  /**
   * AdamW; see {@link AdamW.Options}.
   *
   * @param beta1 decay of the mean of gradients, in [0, 1)
   * @param beta2 decay of the mean of their squares, in [0, 1)
   * @param epsilon added to the root of the latter, above 0
   * @param weightDecay of matrices, times the learning rate
   * @param clip the largest norm of the gradients
   */
  public record Optimiser(
      double beta1, double beta2, double epsilon, double weightDecay, double clip) {
    /** Checks the ranges. */
    public Optimiser {
      require(beta1 >= 0 && beta1 < 1, "optimiser.beta1 is %s; expected 0 up to below 1", beta1);
      require(beta2 >= 0 && beta2 < 1, "optimiser.beta2 is %s; expected 0 up to below 1", beta2);
      above("optimiser.epsilon", epsilon, 0);
      require(
          weightDecay >= 0 && Double.isFinite(weightDecay),
          "optimiser.weight_decay is %s; expected 0 or more",
          weightDecay);
      above("optimiser.clip", clip, 0);
    }

    AdamW.Options options() {
      return new AdamW.Options(beta1, beta2, epsilon, weightDecay, clip);
    }
  }

  /**
   * Which tensors learn: those that one pattern of {@code train} fits and none of {@code freeze}.
   * See {@link NamePattern}.
   *
   * @param train patterns of names that learn
   * @param freeze patterns of names that do not, though {@code train} fits them
   */
  public record Trained(List<String> train, List<String> freeze) {
    /** Copies the lists. */
    public Trained {
      train = List.copyOf(train);
      freeze = List.copyOf(freeze);
      require(!train.isEmpty(), "parameters.train is empty; expected patterns such as moba.*");
    }
  }

  /**
   * Low-rank adapters, which are learnt instead of the matrices beside which they stand.
   *
   * @param rank null for no adapters
   * @param alpha their part is scaled by alpha / rank; rank when null
   * @param matrices patterns of the matrices that get one
   */
  public record Lora(@Nullable Integer rank, @Nullable Double alpha, List<String> matrices) {
    /** Checks the ranges. */
    public Lora {
      matrices = List.copyOf(matrices);
      atLeast("lora.rank", rank, 1);
      require(
          alpha == null || (alpha > 0 && Double.isFinite(alpha)),
          "lora.alpha is %s; expected a number above 0",
          alpha);
      require(!matrices.isEmpty(), "lora.matrices is empty; expected patterns such as *.att.*");
    }
  }

  /**
   * Clears WKV states inside sequences, so that the sparse blocks must carry the long range.
   *
   * @param probability that this happens in a sequence
   * @param least tokens between two resets
   * @param most tokens between two resets; every distance is equally likely
   * @param states files of states that resets go to as often as to the state of a new sequence; see
   *     {@link dev.rwkvx.training.OldStates}; none when null
   */
  public record Resets(double probability, int least, int most, @Nullable List<String> states) {
    /** Checks the ranges. */
    public Resets {
      states = states == null ? null : List.copyOf(states);
      require(
          probability >= 0 && probability <= 1,
          "resets.probability is %s; expected 0 to 1",
          probability);
      atLeast("resets.least", least, 1);
      require(
          most >= least && most < Integer.MAX_VALUE,
          "resets.most is %s; expected at least resets.least, which is %s",
          most,
          least);
    }
  }

  /**
   * Whether and how tokens are weighted; see {@link LongCe}.
   *
   * @param enabled whether tokens are weighted at all
   * @param trunc tokens that a short context has at least
   * @param interval tokens from one short context to the next
   * @param cap the largest weight
   */
  public record LongCeOptions(boolean enabled, int trunc, int interval, double cap) {
    /** Checks the ranges. */
    public LongCeOptions {
      atLeast("long_ce.trunc", trunc, 1);
      atLeast("long_ce.interval", interval, 1);
      above("long_ce.cap", cap, 0);
    }

    LongCe longCe() {
      return new LongCe(trunc, interval, (float) cap);
    }
  }

  /**
   * Data that is not learnt but measured.
   *
   * @param files like those of the training data; none for no validation
   * @param every steps between measurements; there is one at the end too
   * @param sequences that are read each time, at most
   */
  public record Validation(List<String> files, long every, long sequences) {
    /** Checks the ranges. */
    public Validation {
      files = List.copyOf(files);
      atLeast("validation.every", every, 1);
      atLeast("validation.sequences", sequences, 1);
    }
  }

  /** The type of the weights in the model that a run leaves. */
  public enum OutputType {
    /** As they were trained. */
    F32,
    /** Rounded to the nearest bfloat16: half the size. */
    BF16;

    DType type() {
      return this == F32 ? DType.F32 : DType.BF16;
    }
  }

  /**
   * When the run is saved. There is a checkpoint at the end in any case.
   *
   * @param everySteps null for only by time
   * @param everyMinutes null for only by steps
   * @param keep the latest checkpoints that stay
   * @param model whether {@code model.safetensors} is written with every checkpoint, not only at
   *     the end
   * @param type of the weights in it; the checkpoints are always float32
   */
  public record Checkpointing(
      @Nullable Long everySteps,
      @Nullable Double everyMinutes,
      int keep,
      boolean model,
      OutputType type) {
    /** Checks the ranges. */
    public Checkpointing {
      atLeast("checkpoints.every_steps", everySteps, 1);
      require(
          everyMinutes == null || everyMinutes > 0,
          "checkpoints.every_minutes is %s; expected a number above 0",
          everyMinutes);
      atLeast("checkpoints.keep", keep, 1);
    }
  }

  private static void checkFiles(String key, List<String> files, Sampler sampler) {
    require(
        sampler == Sampler.CONVERSATIONS || files.size() <= 1,
        "%s has %s names; expected one token stream",
        key,
        files.size());
  }

  private static void atLeast(String key, @Nullable Number value, long least) {
    require(
        value == null || value.longValue() >= least,
        "%s is %s; expected %s or more",
        key,
        value,
        least);
  }

  private static void above(String key, double value, double bound) {
    require(
        value > bound && Double.isFinite(value),
        "%s is %s; expected a number above %s",
        key,
        value,
        bound == 0 ? "0" : bound);
  }

  private static void require(boolean condition, String message, @Nullable Object... values) {
    if (!condition) {
      throw new InputException(message.formatted(values));
    }
  }
}
