package dev.rwkvx.hub;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What came at the end of all redirects.
 *
 * @param from the address that answered
 * @param atHome whether that is on the hub itself, not where it redirects to
 * @param status the HTTP status
 * @param headers of this answer
 * @param linked the hub's headers about the file, which come with its redirect or with the answer
 * @param body to be closed
 */
record Reply(
    URI from, boolean atHome, int status, HttpHeaders headers, HttpHeaders linked, Body body)
    implements AutoCloseable {

  /** A header of this answer. */
  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The size of the whole file as the hub tells it. */
  OptionalLong linkedSize() {
    String digits = linked.firstValue("X-Linked-Size").orElse("").strip();
    return digits.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(digits))
        : OptionalLong.empty();
  }

  /** The hash of the file as the hub tells it: an ETag of its own, or that of the redirect. */
  Optional<String> linkedHash() {
    return linked
        .firstValue("X-Linked-Etag")
        .or(() -> atHome ? header("ETag") : Optional.empty())
        .map(tag -> tag.strip().replaceFirst("^W/", "").replace("\"", ""));
  }

  /** How long the server wants to be left alone. */
  Duration retryAfter() {
    String wanted = header("Retry-After").orElse("0").strip();
    try {
      return wanted.chars().allMatch(Character::isDigit)
          ? Duration.ofSeconds(Long.parseLong(wanted))
          : Duration.between(
              Instant.now(),
              ZonedDateTime.parse(wanted, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
      return Duration.ZERO;
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
