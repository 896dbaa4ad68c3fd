package dev.rwkvx.server.http;

import org.jspecify.annotations.Nullable;

/** A request that is answered with an error, in the shape that OpenAI's clients know. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Of HTTP. */
  private final int status;

  /** The kind of failure, as OpenAI names it. */
  private final String type;

  /** The field that is wrong; null when none is. */
  private final @Nullable String param;

  /** The failure in a word; null when the type says all. */
  private final @Nullable String code;

  private ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /**
   * The body is not what was expected.
   *
   * @param param the field that is wrong; null when none is
   * @param message a sentence for a person
   * @return status 400
   */
  public static ApiException badRequest(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  /**
   * {@link #badRequest} with a code that tells which.
   *
   * @param param the field that is wrong; null when none is
   * @param code the failure in a word, for programs
   * @param message a sentence for a person
   * @return status 400
   */
  public static ApiException badRequest(@Nullable String param, String code, String message) {
    return new ApiException(400, "invalid_request_error", param, code, message);
  }

  /**
   * There is no such thing.
   *
   * @param param the field that is wrong; null when none is
   * @param code the failure in a word, for programs
   * @param message a sentence for a person
   * @return status 404
   */
  public static ApiException notFound(@Nullable String param, String code, String message) {
    return new ApiException(404, "invalid_request_error", param, code, message);
  }

  /**
   * The request as a whole is refused.
   *
   * @param status of HTTP, such as 401
   * @param code the failure in a word, for programs
   * @param message a sentence for a person
   * @return the failure with this status
   */
  public static ApiException refused(int status, String code, String message) {
    return new ApiException(status, "invalid_request_error", null, code, message);
  }

  /**
   * Too much is going on.
   *
   * @param message a sentence for a person
   * @return status 429
   */
  public static ApiException busy(String message) {
    return new ApiException(429, "rate_limit_error", null, "server_busy", message);
  }

  /**
   * There was not enough time.
   *
   * @param message a sentence for a person
   * @return status 503
   */
  public static ApiException late(String message) {
    return unavailable("timeout", message);
  }

  /**
   * The server cannot do it now.
   *
   * @param code the failure in a word, for programs
   * @param message a sentence for a person
   * @return status 503
   */
  public static ApiException unavailable(String code, String message) {
    return new ApiException(503, "server_error", null, code, message);
  }

  /**
   * A defect, or a failing machine.
   *
   * @param message a sentence for a person
   * @return status 500
   */
  public static ApiException internal(String message) {
    return new ApiException(500, "server_error", null, "internal_error", message);
  }

  /** {@return the status of HTTP} */
  public int status() {
    return status;
  }

  /** {@return the JSON of the answer} */
  public ErrorBody body() {
    return new ErrorBody(new ErrorBody.Problem(String.valueOf(getMessage()), type, param, code));
  }

  /**
   * {@code {"error": {…}}}.
   *
   * @param error what went wrong
   */
  public record ErrorBody(Problem error) {
    /**
     * What went wrong, in a sentence and in words for programs.
     *
     * @param message a sentence for a person
     * @param type the kind of failure, such as {@code invalid_request_error}
     * @param param the field that is wrong; null when none is
     * @param code the failure in a word; null when the type says all
     */
    public record Problem(
        String message, String type, @Nullable String param, @Nullable String code) {}
  }
}
