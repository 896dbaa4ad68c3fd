package dev.rwkvx.server.api;

import dev.rwkvx.generate.Continuation;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.generate.GenerationListener;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.TextTokens;
import dev.rwkvx.generate.TokenConstraint;
import dev.rwkvx.server.api.Event.Ended;
import dev.rwkvx.server.api.Event.Piece;
import dev.rwkvx.server.api.Event.Placed;
import dev.rwkvx.server.schedule.Writer;
import dev.rwkvx.tokenizer.StreamingDecoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Writes one text into an outbox, with the chances of its tokens where they are asked for. */
final class AnswerWriter implements Writer, GenerationListener {
  private final int choice;
  private final Outbox outbox;
  private final Continuation continuation;
  private final boolean chances;
  private final int alternatives;
  private final boolean stopTokenToo;

  /** The logits as the model gave them. */
  private final float[] raw;

  private final StreamingDecoder decoder;
  private final StringBuilder text = new StringBuilder();

  /** Tokens whose text was not sent, because it may belong to a stop string. */
  private final Deque<Placed> held = new ArrayDeque<>();

  private final IntStream.Builder drawn = IntStream.builder();

  /** Characters of all tokens, and those that were sent. */
  private int decoded;

  private int sent;

  /**
   * @param choice which text of the request, from 0
   * @param sampler for the model's tokens
   */
  AnswerWriter(
      int choice,
      Outbox outbox,
      TextTokens texts,
      Parameters parameters,
      Sampler sampler,
      TokenConstraint constraint) {
    this.choice = choice;
    this.outbox = outbox;
    chances = parameters.logprobs().isPresent();
    alternatives = parameters.logprobs().orElse(0);
    stopTokenToo = parameters.stopTokenChances();
    raw = new float[chances ? texts.size() : 0];
    decoder = texts.tokenizer().streamingDecoder();
    continuation = new Continuation(texts, sampler, parameters.generation(), constraint, this);
  }

  @Override
  public Optional<End> draw(float[] logits) {
    if (chances) {
      System.arraycopy(logits, 0, raw, 0, raw.length);
    }
    Optional<End> end = continuation.draw(logits);
    if (end.equals(Optional.of(End.STOP_TOKEN)) && chances && stopTokenToo) {
      hold(continuation.token());
    }
    if (end.isEmpty()) {
      send(false);
    }
    return end;
  }

  @Override
  public void onToken(int id) {
    drawn.add(id);
    if (chances) {
      hold(id);
      decoded += decoder.append(id).length();
    }
  }

  private void hold(int id) {
    TokenChance token = TokenChance.of(raw, 0, raw.length, id, alternatives);
    held.add(new Placed(token, decoded));
  }

  @Override
  public void onText(String piece) {
    text.append(piece);
  }

  private void send(boolean all) {
    sent += text.length();
    List<Placed> tokens = new ArrayList<>();
    while (!held.isEmpty() && (all || held.getFirst().offset() < sent)) {
      tokens.add(held.removeFirst());
    }
    if (!text.isEmpty() || !tokens.isEmpty()) {
      outbox.add(new Piece(choice, text.toString(), tokens));
    }
    text.setLength(0);
  }

  @Override
  public int token() {
    return continuation.token();
  }

  @Override
  public void end(End end, Totals totals) {
    continuation.finish();
    send(end != End.STOP_STRING);
    outbox.add(new Ended(choice, end, totals, drawn.build().toArray()));
  }
}
