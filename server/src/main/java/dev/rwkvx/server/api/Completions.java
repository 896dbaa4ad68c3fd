package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.tokenizer.StreamingDecoder;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}: what follows some texts. */
final class Completions implements Handler {
  private static final int USUAL_TOKENS = 16;

  private final Service service;

  Completions(Service service) {
    this.service = service;
  }

  /** A choice of the answer, or a part of one in a stream. */
  record Choice(
      int index, String text, @Nullable Logprobs logprobs, @Nullable String finishReason) {
    /** This part and the next. */
    Choice with(Choice next) {
      return new Choice(
          index,
          text + next.text,
          logprobs == null || next.logprobs == null ? null : logprobs.with(next.logprobs),
          next.finishReason);
    }
  }

  /** A token in the lists of {@link Logprobs}; the first of a text has no chances. */
  private record Entry(
      String token, @Nullable Double logprob, @Nullable Map<String, Double> top, int offset) {}

  /** Chances of tokens, in lists of equal length. */
  record Logprobs(
      List<String> tokens,
      List<@Nullable Double> tokenLogprobs,
      List<@Nullable Map<String, Double>> topLogprobs,
      List<Integer> textOffset) {
    static Logprobs of(List<Entry> entries) {
      Logprobs all =
          new Logprobs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      for (Entry entry : entries) {
        all.tokens.add(entry.token);
        all.tokenLogprobs.add(entry.logprob);
        all.topLogprobs.add(entry.top);
        all.textOffset.add(entry.offset);
      }
      return all;
    }

    /** Takes the entries of another in. */
    Logprobs with(Logprobs other) {
      tokens.addAll(other.tokens);
      tokenLogprobs.addAll(other.tokenLogprobs);
      topLogprobs.addAll(other.topLogprobs);
      textOffset.addAll(other.textOffset);
      return this;
    }
  }

  /** The answer, or a piece of it. */
  record Body(
      String id,
      String object,
      long created,
      String model,
      List<Choice> choices,
      @JsonInclude(Include.NON_NULL) @Nullable Usage usage,
      @JsonInclude(Include.NON_NULL) Usage.@Nullable Figures rwkvx) {}

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Replies.answer(service, request, response, fields -> new Answer(service, fields));
  }

  /** One request and its answer. */
  private static final class Answer implements Replies.Answer {
    private final Service service;
    private final String id = Service.newId("cmpl");
    private final long created = Service.now();
    private final List<Prompt> prompts;
    private final boolean echo;
    private final boolean write;
    private final Parameters parameters;
    private final List<Scores> scores = new ArrayList<>();
    private final List<String> echoes = new ArrayList<>();
    private final Tally tally;

    Answer(Service service, Fields fields) {
      this.service = service;
      prompts =
          service
              .tokens()
              .prompts(fields.node("prompt").orElseThrow(() -> fields.missing("prompt")), "prompt");
      echo = fields.flag("echo", false);
      OptionalInt asked = fields.integer("max_tokens", 0, service.options().maxTokens());
      write = asked.orElse(1) > 0;
      if (!write && !echo) {
        throw ApiException.badRequest("max_tokens", "'max_tokens' is 0, and 'echo' is not set");
      }
      OptionalInt logprobs = fields.integer("logprobs", 0, Parameters.MOST_ALTERNATIVES);
      int maxTokens =
          Math.max(1, asked.orElse(Math.min(USUAL_TOKENS, service.options().maxTokens())));
      Parameters read = Parameters.read(fields, service.options(), logprobs, true, maxTokens);
      refuse(fields, read.choices());
      int longest = prompts.stream().mapToInt(prompt -> prompt.tokens().length).max().orElse(0);
      parameters = read.withGeneration(service.fit(read.generation(), longest, asked.isPresent()));
      if ((long) prompts.size() * parameters.choices() > Parameters.MOST_CHOICES) {
        throw ApiException.badRequest(
            "prompt",
            "%d prompts with %d choices each are too many; at most %d together"
                .formatted(prompts.size(), parameters.choices(), Parameters.MOST_CHOICES));
      }
      for (Prompt prompt : prompts) {
        if (echo) {
          echoes.add(service.tokens().tokenizer().decodeToString(prompt.tokens()));
        }
        if (echo && logprobs.isPresent()) {
          scores.add(
              new Scores(prompt.tokens(), logprobs.getAsInt(), service.tokens().texts().size()));
        }
      }
      tally = new Tally(prompts);
    }

    private static void refuse(Fields fields, int choices) {
      int best = fields.integer("best_of", 1, Integer.MAX_VALUE).orElse(choices);
      if (best != choices) {
        throw ApiException.badRequest(
            "best_of", "'best_of' other than 'n' is not supported; leave it out");
      }
      if (!fields.text("suffix").orElse("").isEmpty()) {
        throw ApiException.badRequest("suffix", "'suffix' is not supported; leave it out");
      }
      fields.done(Parameters.IGNORED);
    }

    @Override
    public boolean streams() {
      return parameters.stream();
    }

    @Override
    public Answering begin() {
      return Answering.begin(service, prompts, parameters, scores, write);
    }

    /** What an event adds to the choices. */
    private List<Choice> parts(Event event) {
      tally.add(event);
      return switch (event) {
        case Event.Nothing() -> List.of();
        case Event.Read(int prompt, var _) -> echo ? echo(prompt) : List.of();
        case Event.Piece(int choice, String text, var placed) -> {
          int before = echo ? echoes.get(choice / parameters.choices()).length() : 0;
          List<Entry> entries =
              placed.stream().map(one -> entry(one.token(), before + one.offset())).toList();
          yield List.of(part(choice, text, entries, null));
        }
        case Event.Ended ended -> {
          if (ended.choice() == 0) {
            service
                .responses()
                .remember(id, parameters.state(), prompts.getFirst().tokens(), ended.tokens());
          }
          String reason = Replies.finishReason(ended.end());
          yield List.of(part(ended.choice(), "", List.of(), reason));
        }
      };
    }

    /** The prompt, for each of its choices. */
    private List<Choice> echo(int prompt) {
      List<Entry> entries = new ArrayList<>();
      if (!scores.isEmpty()) {
        int[] tokens = prompts.get(prompt).tokens();
        entries.add(new Entry(service.name(tokens[0]), null, null, 0));
        StreamingDecoder decoder = service.tokens().tokenizer().streamingDecoder();
        int offset = decoder.append(tokens[0]).length();
        for (TokenChance chance : scores.get(prompt).afterTheFirst()) {
          entries.add(entry(chance, offset));
          offset += decoder.append(chance.id()).length();
        }
      }
      List<Choice> parts = new ArrayList<>();
      for (int i = 0; i < parameters.choices(); i++) {
        int choice = prompt * parameters.choices() + i;
        parts.add(part(choice, echoes.get(prompt), entries, write ? null : "length"));
      }
      return parts;
    }

    private Entry entry(TokenChance chance, int offset) {
      Map<String, Double> top = new LinkedHashMap<>();
      for (TokenChance.Alternative one : chance.top()) {
        top.put(service.name(one.id()), one.logprob());
      }
      // The token itself is always among them.
      top.putIfAbsent(service.name(chance.id()), chance.logprob());
      return new Entry(service.name(chance.id()), chance.logprob(), top, offset);
    }

    private Choice part(
        int choice, String text, List<Entry> entries, @Nullable String finishReason) {
      return new Choice(
          choice,
          text,
          parameters.logprobs().isPresent() ? Logprobs.of(entries) : null,
          finishReason);
    }

    @Override
    public List<Body> chunks(Event event) {
      return parts(event).stream().map(part -> body(List.of(part), null, null)).toList();
    }

    @Override
    public List<Body> lastChunks() {
      return parameters.usage()
          ? List.of(body(List.of(), tally.usage(), tally.figures()))
          : List.of();
    }

    /** All of the answer at once. */
    @Override
    public Body whole(Answering answering) {
      List<Choice> whole = new ArrayList<>();
      for (int i = 0; i < prompts.size() * parameters.choices(); i++) {
        whole.add(part(i, "", List.of(), null));
      }
      while (!answering.done()) {
        for (Choice part : parts(answering.next())) {
          whole.set(part.index(), whole.get(part.index()).with(part));
        }
      }
      return body(whole, tally.usage(), tally.figures());
    }

    private Body body(
        List<Choice> choices, @Nullable Usage usage, Usage.@Nullable Figures figures) {
      return new Body(
          id, "text_completion", created, service.options().modelName(), choices, usage, figures);
    }
  }
}
