package dev.rwkvx.server;

import dev.rwkvx.server.api.ApiJson;
import dev.rwkvx.server.http.ApiException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.EnumSet;

/**
 * What cannot even be routed is answered in the shape of all errors. The sentences are our own:
 * those of the library may quote the client.
 */
final class ProtocolErrors {
  private ProtocolErrors() {}

  /**
   * Answers for all kinds of errors, behind which the connection ends.
   *
   * @param maxBody bytes of the largest request
   */
  static DirectHandlers handlers(int maxBody) {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    DirectHandler handler =
        (request, type, status, headers, message) -> {
          ApiException problem =
              ApiException.refused(status.code(), "bad_http", sentence(status, maxBody));
          headers.set(HeaderNames.CONTENT_TYPE, "application/json");
          headers.set(HeaderValues.CONNECTION_CLOSE);
          return DirectHandler.TransportResponse.builder()
              .status(status)
              .headers(headers)
              .keepAlive(false)
              .entity(ApiJson.bytes(problem.body()))
              .build();
        };
    EnumSet.allOf(DirectHandler.EventType.class)
        .forEach(type -> handlers.addHandler(type, handler));
    return handlers.build();
  }

  private static String sentence(Status status, int maxBody) {
    return switch (status.code()) {
      case 400 -> "The request is no well-formed HTTP/1.1, or its head is larger than 16 KiB";
      case 408 -> "The request was not complete in time";
      case 413 -> "The body has more than %d bytes".formatted(maxBody);
      case 414 -> "The first line of the request is too long";
      case 501 -> "Bodies may be chunked, but not encoded in other ways";
      case 505 -> "This server speaks HTTP/1.1";
      default -> "The request cannot be served";
    };
  }
}
