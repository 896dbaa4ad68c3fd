package dev.rwkvx.server.api;

import dev.rwkvx.server.http.ApiException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Function;

/** Reads requests: their bytes first, then what they say, each when there is memory for it. */
final class Requests {
  private static final int BLOCK = 1 << 16;

  private Requests() {}

  /**
   * Reads the body of a request.
   *
   * @param reader what to make of its fields; runs in another thread
   * @throws ApiException when it is no JSON object, or too large
   */
  static <T> T read(Service service, ServerRequest request, Function<Fields, T> reader) {
    service.modelFile().require();
    try (Allowance.Lease lease = service.memory().take(0)) {
      byte[] body = body(request, lease);
      lease.grow(Estimates.tree(body));
      return service
          .parsers()
          .call(
              body.length,
              () -> {
                Fields fields = ApiJson.read(body);
                service.checkModel(fields);
                return reader.apply(fields);
              });
    }
  }

  /** Memory is taken for what has come, and not for what was announced. */
  private static byte[] body(ServerRequest request, Allowance.Lease lease) {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    // Not closed: that would read the rest of a body that was found to be too large.
    InputStream in = request.content().inputStream();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      for (byte[] block = in.readNBytes(BLOCK); block.length > 0; block = in.readNBytes(BLOCK)) {
        // The buffer doubles, and is copied at the end.
        lease.grow(3L * block.length);
        body.writeBytes(block);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return body.toByteArray();
  }
}
