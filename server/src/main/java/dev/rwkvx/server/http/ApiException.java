package dev.rwkvx.server.http;

import org.jspecify.annotations.Nullable;

/** A request that is answered with an error, in the shape that OpenAI's clients know. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  private ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** The body is not what was expected. */
  public static ApiException badRequest(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  /** {@link #badRequest} with a code that tells which. */
  public static ApiException badRequest(@Nullable String param, String code, String message) {
    return new ApiException(400, "invalid_request_error", param, code, message);
  }

  /** There is no such thing. */
  public static ApiException notFound(@Nullable String param, String code, String message) {
    return new ApiException(404, "invalid_request_error", param, code, message);
  }

  /** The request as a whole is refused. */
  public static ApiException refused(int status, String code, String message) {
    return new ApiException(status, "invalid_request_error", null, code, message);
  }

  /** Too much is going on. */
  public static ApiException busy(String message) {
    return new ApiException(429, "rate_limit_error", null, "server_busy", message);
  }

  /** There was not enough time. */
  public static ApiException late(String message) {
    return new ApiException(503, "server_error", null, "timeout", message);
  }

  /** A defect, or a failing machine. */
  public static ApiException internal(String message) {
    return new ApiException(500, "server_error", null, "internal_error", message);
  }

  public int status() {
    return status;
  }

  /** The JSON of the answer. */
  public ErrorBody body() {
    return new ErrorBody(new ErrorBody.Problem(String.valueOf(getMessage()), type, param, code));
  }

  /** {@code {"error": {…}}}. */
  public record ErrorBody(Problem error) {
    /** What went wrong, in a sentence and in words for programs. */
    public record Problem(
        String message, String type, @Nullable String param, @Nullable String code) {}
  }
}
