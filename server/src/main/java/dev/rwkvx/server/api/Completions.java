package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.server.api.CompletionLogprobs.Entry;
import dev.rwkvx.server.http.ApiException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
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
      int index,
      String text,
      @Nullable CompletionLogprobs logprobs,
      @Nullable String finishReason) {}

  /** What an event adds to a choice. */
  private record Part(
      int choice, String text, List<Entry> entries, @Nullable String finishReason) {}

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

    /** Characters of each prompt, where they are echoed. */
    private final int[] echoed;

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
        if (echo && logprobs.isPresent()) {
          scores.add(
              new Scores(prompt.tokens(), logprobs.getAsInt(), service.tokens().texts().size()));
        }
      }
      echoed = new int[prompts.size()];
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
      return new Writing(service, parameters, scores).begin(prompts, write);
    }

    private List<Part> parts(Event event) {
      tally.add(event);
      return switch (event) {
        case Event.Nothing() -> List.of();
        case Event.Read(int prompt, var _) -> echo ? echo(prompt) : List.of();
        case Event.Piece(int choice, String text, var placed) -> {
          int before = echoed[choice / parameters.choices()];
          List<Entry> entries =
              placed.stream()
                  .map(one -> new Entry(one.token().id(), one.token(), before + one.offset()))
                  .toList();
          yield List.of(new Part(choice, text, entries, null));
        }
        case Event.Ended ended -> {
          if (ended.choice() == 0) {
            service
                .responses()
                .remember(id, parameters.state(), prompts.getFirst().tokens(), ended.tokens());
          }
          String reason = Replies.finishReason(ended.end());
          yield List.of(new Part(ended.choice(), "", List.of(), reason));
        }
      };
    }

    /** The prompt, for each of its choices. */
    private List<Part> echo(int prompt) {
      int[] tokens = prompts.get(prompt).tokens();
      String text = service.tokens().tokenizer().decodeToString(tokens);
      echoed[prompt] = text.length();
      List<Entry> entries =
          scores.isEmpty()
              ? List.of()
              : CompletionLogprobs.ofPrompt(
                  tokens, scores.get(prompt), service.tokens().tokenizer().streamingDecoder());
      List<Part> parts = new ArrayList<>();
      for (int i = 0; i < parameters.choices(); i++) {
        int choice = prompt * parameters.choices() + i;
        parts.add(new Part(choice, text, entries, write ? null : "length"));
      }
      return parts;
    }

    private Choice choice(
        int choice, String text, List<Entry> entries, @Nullable String finishReason) {
      boolean chances = parameters.logprobs().isPresent();
      return new Choice(
          choice,
          text,
          chances ? CompletionLogprobs.of(entries, service::name) : null,
          finishReason);
    }

    @Override
    public List<Body> chunks(Event event) {
      return parts(event).stream()
          .map(part -> choice(part.choice, part.text, part.entries, part.finishReason))
          .map(choice -> body(List.of(choice), null, null))
          .toList();
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
      List<Whole> wholes = new ArrayList<>();
      for (int i = 0; i < prompts.size() * parameters.choices(); i++) {
        wholes.add(new Whole());
      }
      while (!answering.done()) {
        for (Part part : parts(answering.next())) {
          wholes.get(part.choice).add(part);
        }
      }
      List<Choice> choices = new ArrayList<>();
      for (Whole whole : wholes) {
        choices.add(
            choice(choices.size(), whole.text.toString(), whole.entries(), whole.finishReason));
      }
      return body(choices, tally.usage(), tally.figures());
    }

    private Body body(
        List<Choice> choices, @Nullable Usage usage, Usage.@Nullable Figures figures) {
      return new Body(
          id, "text_completion", created, service.options().modelName(), choices, usage, figures);
    }
  }

  /** A choice that is put together. */
  private static final class Whole {
    private final StringBuilder text = new StringBuilder();
    private final List<Entry> written = new ArrayList<>();
    private List<Entry> echo = List.of();
    private @Nullable String finishReason;
    private boolean begun;

    void add(Part part) {
      text.append(part.text);
      if (begun) {
        written.addAll(part.entries);
      } else {
        echo = part.entries;
      }
      begun = true;
      finishReason = part.finishReason;
    }

    List<Entry> entries() {
      return CompletionLogprobs.joined(echo, written);
    }
  }
}
