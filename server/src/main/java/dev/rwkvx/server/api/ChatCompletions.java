package dev.rwkvx.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rwkvx.generate.ChatFormat;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatFormat.Turn;
import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.generate.GenerationOptions;
import dev.rwkvx.generate.ToolFormat;
import dev.rwkvx.server.http.ApiException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}: the next answer in a conversation. */
final class ChatCompletions implements Handler {
  private final Service service;

  ChatCompletions(Service service) {
    this.service = service;
  }

  /** The whole answer. */
  record Body(
      String id,
      String object,
      long created,
      String model,
      List<Choice> choices,
      Usage usage,
      Usage.Figures rwkvx) {}

  /** One of the answers. */
  record Choice(
      int index, Message message, @Nullable Logprobs logprobs, @Nullable String finishReason) {}

  /** What the assistant says. */
  record Message(
      String role,
      @Nullable String content,
      @Nullable String refusal,
      @JsonInclude(Include.NON_EMPTY) List<Tools.Call> toolCalls) {}

  /** A piece of a stream. */
  record Chunk(
      String id,
      String object,
      long created,
      String model,
      List<Part> choices,
      @JsonInclude(Include.NON_NULL) @Nullable Usage usage,
      @JsonInclude(Include.NON_NULL) Usage.@Nullable Figures rwkvx) {}

  /** A part of one of the answers. */
  record Part(int index, Delta delta, @Nullable Logprobs logprobs, @Nullable String finishReason) {}

  /** What is added. */
  record Delta(
      @JsonInclude(Include.NON_NULL) @Nullable String role,
      @JsonInclude(Include.NON_NULL) @Nullable String content,
      @JsonInclude(Include.NON_EMPTY) List<Tools.Call> toolCalls) {}

  /** Chances of the tokens of an answer. */
  record Logprobs(List<Token> content, @Nullable String refusal) {
    /** A token and the most probable ones at its place. */
    record Token(String token, double logprob, List<Integer> bytes, List<Top> topLogprobs) {}

    /** A token that might have stood there. */
    record Top(String token, double logprob, List<Integer> bytes) {}
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Replies.answer(service, request, response, fields -> new Answer(service, fields));
  }

  /** One request and its answers. */
  private static final class Answer implements Replies.Answer {
    private static final Set<String> IGNORED = ignored();

    private final Service service;
    private final String id = Service.newId("chatcmpl");
    private final long created = Service.now();
    private final Tools tools;
    private final Prompt prompt;
    private final Parameters parameters;
    private final List<AnswerText> texts = new ArrayList<>();
    private final Tally tally;

    Answer(Service service, Fields fields) {
      this.service = service;
      List<Turn> turns = new ArrayList<>(Messages.turns(fields));
      tools = Tools.read(fields);
      if (tools.choice() != Tools.Choice.NONE) {
        turns.add(systemTurns(turns), tools.turn());
      }
      Thinking thinking = thinking(fields);
      boolean call = tools.choice() == Tools.Choice.REQUIRED;
      prompt = Messages.prompt(turns, thinking, call ? ToolFormat.OPENING : "", service.tokens());
      parameters = parameters(fields, call);
      fields.done(IGNORED);
      for (int i = 0; i < parameters.choices(); i++) {
        texts.add(new AnswerText(tools, thinking.opening()));
      }
      tally = new Tally(List.of(prompt));
    }

    private static Set<String> ignored() {
      Set<String> names = new HashSet<>(Parameters.IGNORED);
      names.addAll(Set.of("parallel_tool_calls", "reasoning_effort", "modalities"));
      return names;
    }

    /** How many turns at the beginning are the system's. */
    private static int systemTurns(List<Turn> turns) {
      return (int) turns.stream().takeWhile(turn -> turn.role() == ChatFormat.Role.SYSTEM).count();
    }

    private static Thinking thinking(Fields fields) {
      String name = fields.text("think").orElse("off");
      return Stream.of(Thinking.values())
          .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst()
          .orElseThrow(() ->
              ApiException.badRequest(
                  "think", "'think' must be off, empty, on, asked, short or long"));
    }

    private Parameters parameters(Fields fields, boolean call) {
      int most = service.options().maxTokens();
      OptionalInt asked = fields.integer("max_completion_tokens", 1, most);
      OptionalInt older = fields.integer("max_tokens", 1, most);
      OptionalInt maxTokens = asked.isPresent() ? asked : older;
      Parameters read =
          Parameters.read(
              fields, service.options(), logprobs(fields), false, maxTokens.orElse(most));
      GenerationOptions generation =
          service.fit(read.generation(), prompt.tokens().length, maxTokens.isPresent());
      if (call) {
        return read.withGeneration(generation).withJson(tools.constraint());
      }
      List<String> stops = new ArrayList<>(generation.stopStrings());
      stops.add(ChatFormat.END_OF_TURN);
      return read.withGeneration(generation.withStopStrings(stops));
    }

    private static OptionalInt logprobs(Fields fields) {
      OptionalInt top = fields.integer("top_logprobs", 0, Parameters.MOST_ALTERNATIVES);
      if (fields.flag("logprobs", false)) {
        return OptionalInt.of(top.orElse(0));
      }
      if (top.orElse(0) > 0) {
        throw ApiException.badRequest("top_logprobs", "'top_logprobs' goes with 'logprobs': true");
      }
      return OptionalInt.empty();
    }

    @Override
    public boolean streams() {
      return parameters.stream();
    }

    @Override
    public Answering begin() {
      return new Writing(service, parameters, List.of()).begin(List.of(prompt), true);
    }

    @Override
    public List<Chunk> chunks(Event event) {
      tally.add(event);
      List<Part> parts = new ArrayList<>();
      switch (event) {
        case Event.Nothing() -> {}
        case Event.Read _ -> {
          for (int i = 0; i < parameters.choices(); i++) {
            parts.add(new Part(i, new Delta("assistant", "", List.of()), null, null));
          }
        }
        case Event.Piece(int choice, String text, var tokens) -> {
          String content = texts.get(choice).append(text);
          Logprobs logprobs = tokens.isEmpty() ? null : logprobs(tokens);
          if (!content.isEmpty() || logprobs != null) {
            parts.add(new Part(choice, new Delta(null, content, List.of()), logprobs, null));
          }
        }
        case Event.Ended ended -> {
          AnswerText text = texts.get(ended.choice());
          String content = text.end();
          if (!content.isEmpty()) {
            parts.add(new Part(ended.choice(), new Delta(null, content, List.of()), null, null));
          }
          text.call().ifPresent(call -> parts.addAll(callParts(ended.choice(), call)));
          parts.add(
              new Part(ended.choice(), new Delta(null, null, List.of()), null, ended(ended, text)));
        }
      }
      return parts.stream().map(part -> chunk(List.of(part), null, null)).toList();
    }

    /** Name first, then the arguments. */
    private static List<Part> callParts(int choice, Tools.Call call) {
      Tools.Function function = call.function();
      Tools.Call name =
          new Tools.Call(0, call.id(), call.type(), new Tools.Function(function.name(), ""));
      Tools.Call arguments =
          new Tools.Call(0, null, null, new Tools.Function(null, function.arguments()));
      return Stream.of(name, arguments)
          .map(part -> new Part(choice, new Delta(null, null, List.of(part)), null, null))
          .toList();
    }

    /** Why a text has ended; remembers it. */
    private String ended(Event.Ended ended, AnswerText text) {
      if (ended.choice() == 0) {
        int[] rest =
            ended.end() == End.STOP_STRING
                ? new int[0]
                : service.tokens().tokenizer().encode(ChatFormat.END_OF_TURN);
        int[] answer = new int[ended.tokens().length + rest.length];
        System.arraycopy(ended.tokens(), 0, answer, 0, ended.tokens().length);
        System.arraycopy(rest, 0, answer, ended.tokens().length, rest.length);
        service.responses().remember(id, parameters.state(), prompt.tokens(), answer);
      }
      return text.call().isPresent() ? "tool_calls" : Replies.finishReason(ended.end());
    }

    @Override
    public List<Chunk> lastChunks() {
      return parameters.usage()
          ? List.of(chunk(List.of(), tally.usage(), tally.figures()))
          : List.of();
    }

    private Chunk chunk(List<Part> parts, @Nullable Usage usage, Usage.@Nullable Figures figures) {
      return new Chunk(
          id,
          "chat.completion.chunk",
          created,
          service.options().modelName(),
          parts,
          usage,
          figures);
    }

    /** All answers at once: the parts of a stream, put together. */
    @Override
    public Body whole(Answering answering) {
      List<Whole> wholes = new ArrayList<>();
      for (int i = 0; i < parameters.choices(); i++) {
        wholes.add(new Whole());
      }
      while (!answering.done()) {
        for (Chunk chunk : chunks(answering.next())) {
          chunk.choices().forEach(part -> wholes.get(part.index()).add(part));
        }
      }
      List<Choice> choices = new ArrayList<>();
      for (int i = 0; i < wholes.size(); i++) {
        choices.add(wholes.get(i).choice(i, texts.get(i).call()));
      }
      return new Body(
          id,
          "chat.completion",
          created,
          service.options().modelName(),
          choices,
          tally.usage(),
          tally.figures());
    }

    private Logprobs logprobs(List<Event.Placed> tokens) {
      return new Logprobs(
          tokens.stream()
              .map(Event.Placed::token)
              .map(token ->
                  new Logprobs.Token(
                      service.name(token.id()),
                      token.logprob(),
                      bytes(token.id()),
                      token.top().stream()
                          .map(one ->
                              new Logprobs.Top(
                                  service.name(one.id()), one.logprob(), bytes(one.id())))
                          .toList()))
              .toList(),
          null);
    }

    private List<Integer> bytes(int token) {
      List<Integer> bytes = new ArrayList<>();
      for (byte value : TokenChance.bytes(token, service.tokens().vocabulary())) {
        bytes.add(value & 0xff);
      }
      return bytes;
    }
  }

  /** An answer that is put together. */
  private static final class Whole {
    private final StringBuilder content = new StringBuilder();
    private final List<Logprobs.Token> tokens = new ArrayList<>();
    private @Nullable String finishReason;

    void add(Part part) {
      if (part.delta().content() != null) {
        content.append(part.delta().content());
      }
      if (part.logprobs() != null) {
        tokens.addAll(part.logprobs().content());
      }
      finishReason = part.finishReason();
    }

    Choice choice(int index, Optional<Tools.Call> call) {
      Message message =
          new Message(
              "assistant",
              call.isPresent() && content.isEmpty() ? null : content.toString(),
              null,
              call.map(List::of).orElse(List.of()));
      Logprobs logprobs = tokens.isEmpty() ? null : new Logprobs(tokens, null);
      return new Choice(index, message, logprobs, finishReason);
    }
  }
}
