package dev.rwkvx.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import dev.rwkvx.InputException;
import dev.rwkvx.evaluation.EvaluationListener;
import dev.rwkvx.evaluation.Prompt;
import dev.rwkvx.evaluation.SharedPrefixes;
import dev.rwkvx.generate.Continuation;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.generate.GenerationListener;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.generate.TextModel;
import dev.rwkvx.generate.TextTokens;
import dev.rwkvx.generate.TokenConstraint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Continues texts, several side by side.
 *
 * @param writing how tokens are drawn, and when a text ends
 * @param longest tokens of a prompt
 * @param batch texts side by side, which changes no result
 */
record GenerateWork(WritingArguments writing, int longest, int batch) implements Work {
  private static final long serialVersionUID = 1L;

  /** Batches handed over together, so that their prompts may share what they begin with. */
  private static final int BATCHES = 4;

  @Override
  public StructType columns() {
    return new StructType()
        .add("generated", DataTypes.StringType)
        .add("prompt_tokens", DataTypes.LongType)
        .add("generated_tokens", DataTypes.LongType)
        .add("finish_reason", DataTypes.StringType);
  }

  @Override
  public int group() {
    return batch * BATCHES;
  }

  @Override
  public List<Outcome> results(TextModel model, List<Text> texts) {
    TextTokens tokens = new TextTokens(model.tokenizer(), model.model().config().vocabulary());
    List<Outcome> outcomes = new ArrayList<>();
    List<Growing> prompts = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (Text text : texts) {
      outcomes.add(new Outcome.Failed("the prompt is empty"));
      try {
        int[] prompt = model.tokenizer().encode(text.text());
        Tokens.requireAtMost(longest, prompt.length);
        if (prompt.length > 0) {
          places.add(outcomes.size() - 1);
          prompts.add(new Growing(prompt, tokens, writing, Seeds.of(writing.seed(), text.key())));
        }
      } catch (InputException e) {
        outcomes.set(outcomes.size() - 1, Outcome.Failed.because(e));
      }
    }
    new SharedPrefixes(model.model(), model.model()::newState, batch)
        .read(prompts, _ -> {}, EvaluationListener.NONE);
    for (int i = 0; i < prompts.size(); i++) {
      outcomes.set(places.get(i), prompts.get(i).outcome());
    }
    return outcomes;
  }

  /** A prompt and the text that grows behind it. */
  private static final class Growing extends Prompt implements GenerationListener {
    private final TextTokens tokens;
    private final WritingArguments writing;
    private final long seed;
    private final StringBuilder text = new StringBuilder();
    private @Nullable Continuation continuation;
    private Outcome outcome = new Outcome.Failed("nothing was generated");

    Growing(int[] prompt, TextTokens tokens, WritingArguments writing, long seed) {
      super(prompt);
      this.tokens = tokens;
      this.writing = writing;
      this.seed = seed;
    }

    @Override
    public int next(float[] logits) {
      try {
        // Only now, and only as long as it is needed: a sampler is as large as the vocabulary.
        if (continuation == null) {
          continuation = begin();
        }
        Optional<End> end = continuation.draw(logits.clone());
        if (end.isEmpty()) {
          return continuation.token();
        }
        long read = tokens().length;
        long written = continuation.count();
        outcome =
            new Outcome.Done(
                List.of(text.toString(), read, written, reason(end.get())), read + written);
      } catch (InputException e) {
        outcome = Outcome.Failed.because(e);
      }
      continuation = null;
      return END;
    }

    private Continuation begin() {
      Sampler sampler = new Sampler(writing.sampling(seed), tokens.size());
      return new Continuation(tokens, sampler, writing.ends(), TokenConstraint.NONE, this);
    }

    @Override
    public void onText(String piece) {
      text.append(piece);
    }

    Outcome outcome() {
      return outcome;
    }

    private static String reason(End end) {
      return switch (end) {
        case STOP_TOKEN, STOP_STRING -> "stop";
        case LENGTH, CANCELLED -> "length";
      };
    }
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SamplingOptions sampling = writing.sampling(writing.seed());
    GenerationOptions ends = writing.ends();
    SequencedMap<String, Object> settings = new LinkedHashMap<>();
    settings.put("max_tokens", ends.maxTokens());
    settings.put("stop", ends.stopStrings());
    settings.put("temperature", sampling.temperature());
    settings.put("top_k", sampling.topK());
    settings.put("top_p", sampling.topP());
    settings.put("min_p", sampling.minP());
    settings.put("presence_penalty", sampling.presencePenalty());
    settings.put("frequency_penalty", sampling.frequencyPenalty());
    settings.put("penalty_decay", sampling.penaltyDecay());
    settings.put("seed", sampling.seed());
    settings.put("longest", longest);
    return settings;
  }

  @Override
  public SequencedMap<String, Object> summary(Dataset<Row> results) {
    Row all =
        results
            .agg(count(lit(1)), count(col("error")), sum("prompt_tokens"), sum("generated_tokens"))
            .first();
    SequencedMap<String, Object> summary = new LinkedHashMap<>();
    summary.put("rows", all.getLong(0));
    summary.put("errors", all.getLong(1));
    summary.put("prompt_tokens", all.isNullAt(2) ? 0 : all.getLong(2));
    summary.put("generated_tokens", all.isNullAt(3) ? 0 : all.getLong(3));
    return summary;
  }
}
