package dev.rwkvx.server.api;

import dev.rwkvx.generate.Generation.End;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.http.EventStream;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
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

  /** Makes what is sent of what happens. */
  interface Chunks {
    /** What an event brings for the client. */
    List<?> chunks(Event event);

    /** What comes at the end. */
    List<?> lastChunks();
  }

  /**
   * Sends an answer piece by piece. Until the first event a failure still has a status of its own,
   * later it comes as a piece.
   */
  static void stream(Answering answering, ServerResponse response, Chunks chunks) {
    Event first = answering.next();
    try (EventStream stream = new EventStream(response)) {
      ApiException failure = stream(answering, stream, first, chunks);
      if (failure == null) {
        send(stream, chunks.lastChunks());
        stream.sendDone();
      } else {
        stream.send(ApiJson.bytes(failure.body()));
      }
    }
  }

  private static @Nullable ApiException stream(
      Answering answering, EventStream stream, Event first, Chunks chunks) {
    Event event = first;
    while (true) {
      if (event instanceof Event.Nothing) {
        stream.sendStillHere();
      } else {
        send(stream, chunks.chunks(event));
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
