package dev.rwkvx.server.api;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.EventStream;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How answers reach the client. */
final class Replies {
  private Replies() {}

  static void send(ServerResponse response, Object body) {
    send(response, 200, body);
  }

  static void send(ServerResponse response, int status, Object body) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(ApiJson.bytes(body));
  }

  /** OpenAI's word for the end of a text. */
  static String finishReason(End end) {
    return end == End.LENGTH ? "length" : "stop";
  }

  /** A request and what is sent of what happens to it. */
  interface Answer {
    /** Hands its prompts in. */
    Answering begin();

    /** Whether it is sent piece by piece. */
    boolean streams();

    /** What an event brings for the client. */
    List<?> chunks(Event event);

    /** What comes at the end of a stream. */
    List<?> lastChunks();

    /** All of it at once. */
    Object whole(Answering answering);
  }

  /** Answers a request, as a whole or in pieces. */
  static void answer(
      Service service,
      ServerRequest request,
      ServerResponse response,
      Function<Fields, Answer> reader) {
    Answer answer = Requests.read(service, request, reader);
    try (Answering answering = answer.begin()) {
      if (answer.streams()) {
        stream(answering, response, answer);
      } else {
        send(response, answer.whole(answering));
      }
    }
  }

  /**
   * Sends an answer piece by piece. Until the first event a failure still has a status of its own,
   * later it comes as a piece.
   */
  private static void stream(Answering answering, ServerResponse response, Answer answer) {
    Event first = answering.next();
    try (EventStream stream = new EventStream(response)) {
      ApiException failure = stream(answering, stream, first, answer);
      if (failure == null) {
        send(stream, answer.lastChunks());
        stream.sendDone();
      } else {
        stream.send(ApiJson.bytes(failure.body()));
      }
    }
  }

  private static @Nullable ApiException stream(
      Answering answering, EventStream stream, Event first, Answer answer) {
    Event event = first;
    while (true) {
      if (event instanceof Event.Nothing) {
        stream.sendStillHere();
      } else {
        send(stream, answer.chunks(event));
      }
      if (answering.done()) {
        return null;
      }
      try {
        event = answering.next();
      } catch (ApiException e) {
        return e;
      }
    }
  }

  private static void send(EventStream stream, List<?> chunks) {
    chunks.forEach(chunk -> stream.send(ApiJson.bytes(chunk)));
  }
}
