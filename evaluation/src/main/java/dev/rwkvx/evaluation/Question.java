package dev.rwkvx.evaluation;

import dev.rwkvx.evaluation.gate.GateHit;
import dev.rwkvx.evaluation.gate.GateHits;
import dev.rwkvx.evaluation.gate.TokenRange;
import dev.rwkvx.model.AttentionObserver;
import dev.rwkvx.model.Config;
import dev.rwkvx.tokenizer.Tokenizer;
import dev.rwkvx.tokenizer.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A prompt whose answer is known. Where what is expected stands at few places of the prompt, it
 * tells whether the sparse blocks attended to them.
 */
final class Question extends Prompt.Greedy {
  /** Places of each expected text; of a word that is everywhere no chunk is the right one. */
  private static final int MOST_PLACES = 4;

  private final String item;
  private final List<String> expected;
  private final Tokenizer tokenizer;
  private final ToDoubleFunction<String> scoring;
  private Optional<GateHits> hits = Optional.empty();

  /**
   * @param item name of the item
   * @param most tokens of the answer
   * @param last the token that ends an answer early, or {@link Prompt#END}
   * @param expected what the answer should say
   * @param scoring of its text, from 0 to 1
   */
  Question(
      String item,
      int[] tokens,
      int most,
      int last,
      List<String> expected,
      Tokenizer tokenizer,
      ToDoubleFunction<String> scoring) {
    super(tokens, most, last);
    this.item = item;
    this.expected = expected;
    this.tokenizer = tokenizer;
    this.scoring = scoring;
  }

  /** What the answer should say. */
  List<String> expected() {
    return expected;
  }

  @Override
  public Optional<AttentionObserver> observer(Config config) {
    List<TokenRange> places =
        expected.stream()
            .flatMap(text -> TokenRange.of(tokenizer, tokens(), text).stream())
            .toList();
    if (!places.isEmpty() && places.size() <= MOST_PLACES * expected.size()) {
      BitSet chunks = TokenRange.chunks(places, config.chunkSize());
      long from = tokens().length - 1L;
      int right = tokenizer.encode(" " + String.join(", ", expected)).length;
      hits = Optional.of(new GateHits(config, chunks, from, from + right));
    }
    return hits.map(observer -> observer);
  }

  /** Asks questions and keeps the answers. */
  static void ask(
      List<Question> questions,
      PromptReader reader,
      Journal<Answer> journal,
      EvaluationListener listener) {
    reader.read(
        questions,
        some -> {
          Map<String, Answer> answers = new LinkedHashMap<>();
          some.forEach(question -> answers.put(question.item, question.judged()));
          journal.add(answers);
        },
        listener);
  }

  private Answer judged() {
    String text = text(answer());
    Optional<GateHit> gate = hits.map(GateHits::result).filter(hit -> hit.queries() > 0);
    return new Answer(expected, text, scoring.applyAsDouble(text), gate);
  }

  /** The text of ids; those that stand for nothing, which a model may have, are passed over. */
  private String text(int[] ids) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      vocabulary.bytesOf(id).ifPresent(bytes::writeBytes);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
