package dev.rwkvx.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends requests to the hub and follows its redirects. The token goes to the hub alone, never to
 * where a redirect leads, and no redirect leads from an encrypted server to one that is not.
 */
final class HubClient implements AutoCloseable {
  private static final int MOST_REDIRECTS = 10;

  private final Endpoint endpoint;
  private final Patience patience;
  private final HttpClient http;

  HubClient(Endpoint endpoint, Patience patience) {
    this.endpoint = endpoint;
    this.patience = patience;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(patience.connect())
            .proxy(ProxySelector.getDefault())
            .build();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Asks for an address and follows redirects.
   *
   * @param headers of the request; those of the hub's own protocol are added
   * @throws TransientException when there was no answer
   */
  Reply get(URI address, Map<String, String> headers) throws IOException, InterruptedException {
    HttpHeaders linked = HttpHeaders.of(Map.of(), (name, value) -> true);
    URI at = address;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      boolean atHome = endpoint.owns(at);
      HttpResponse<Body> response = send(at, atHome, headers);
      if (atHome && response.headers().firstValue("X-Linked-Etag").isPresent()) {
        linked = response.headers();
      }
      if (!isRedirect(response.statusCode())) {
        return new Reply(
            at, atHome, response.statusCode(), response.headers(), linked, response.body());
      }
      response.body().close();
      at = target(at, response.headers());
    }
    throw new IOException(endpoint + " redirects more than " + MOST_REDIRECTS + " times");
  }

  private HttpResponse<Body> send(URI at, boolean atHome, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(at).header("User-Agent", "rwkvx");
    headers.forEach(request::header);
    if (atHome) {
      endpoint.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    }
    CompletableFuture<HttpResponse<Body>> answer =
        http.sendAsync(request.build(), info -> new Body(patience.stall()));
    try {
      return answer.get(patience.connect().plus(patience.stall()).toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new TransientException(at.getHost() + " does not answer", e);
    } catch (ExecutionException e) {
      throw failure(at.getHost(), e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
  }

  /** What became of a request: certificates will be no better next time, all else may be. */
  private static IOException failure(String host, Throwable failure) {
    String reason = failure.getClass().getSimpleName();
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof GeneralSecurityException) {
        return new IOException(host + " has no certificate to trust: " + cause.getMessage(), cause);
      }
      reason =
          switch (cause) {
            case UnresolvedAddressException _ -> "its address is not known";
            case ConnectException refused when refused.getMessage() == null -> "it does not listen";
            default -> cause.getMessage() == null ? reason : cause.getMessage();
          };
    }
    return new TransientException(host + " cannot be reached: " + reason, failure);
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private URI target(URI at, HttpHeaders headers) throws IOException {
    String location = headers.firstValue("Location").orElse("");
    try {
      URI target = at.resolve(location);
      if (!location.isEmpty() && endpoint.trusts(target)) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the sentence below.
    }
    throw new IOException(
        at.getHost() + " redirects to an address that is not used: '" + printable(location) + "'");
  }

  /** A stranger's words, fit for a message. */
  static String printable(String words) {
    String start = words.length() > 200 ? words.substring(0, 200) + "…" : words;
    return start.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD");
  }

  /** Breaks off what is under way. */
  @Override
  public void close() {
    http.shutdownNow();
  }
}
