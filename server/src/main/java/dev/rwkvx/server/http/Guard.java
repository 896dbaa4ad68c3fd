package dev.rwkvx.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask: holders of a key where there are keys, and web pages of known origins. Without keys
 * the server answers only to names it knows, so that no page from elsewhere reaches it by a name of
 * its own.
 */
public final class Guard implements Filter {
  private static final String ANY = "*";
  private static final Set<String> OPEN = Set.of("/", "/health");
  private static final String BEARER = "Bearer ";

  private final List<byte[]> keys;
  private final List<String> origins;
  private final Optional<HostNames> hosts;

  /**
   * Who may ask.
   *
   * @param keys empty for none
   * @param origins of pages that may ask beside the server's own; {@code *} is all
   * @param host that the server listens on
   * @param hosts names by which it may be called beside its own; {@code *} is all
   */
  public Guard(List<String> keys, List<String> origins, String host, List<String> hosts) {
    this.keys = keys.stream().map(Guard::digest).toList();
    this.origins = List.copyOf(origins);
    this.hosts = keys.isEmpty() ? Optional.of(new HostNames(host, hosts)) : Optional.empty();
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    String host = header(request, "Host").orElse("");
    if (hosts.isPresent() && !hosts.get().allow(host)) {
      throw ApiException.refused(
          403, "unknown_host", "This server does not go by that name (--allowed-hosts)");
    }
    Optional<String> origin = header(request, "Origin");
    if (origin.isPresent() && !isOwn(origin.get(), host)) {
      allow(origin.get(), response);
    }
    if (request.prologue().method().equals(Method.OPTIONS)) {
      response.status(Status.NO_CONTENT_204).send();
      return;
    }
    if (!keys.isEmpty() && !OPEN.contains(request.path().path()) && !hasKey(request)) {
      throw ApiException.refused(
          401, "invalid_api_key", "A valid API key is needed: Authorization: Bearer KEY");
    }
    chain.proceed();
  }

  private void allow(String origin, RoutingResponse response) {
    if (!origins.contains(ANY) && !origins.contains(origin)) {
      throw ApiException.refused(403, "unknown_origin", "Pages of this origin may not ask here");
    }
    response.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.header(HeaderNames.VARY, "Origin");
    response.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE");
    response.header(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type");
    response.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
  }

  /** The server's own page. */
  private static boolean isOwn(String origin, String host) {
    try {
      return host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean hasKey(RoutingRequest request) {
    String given = header(request, "Authorization").orElse("");
    if (!given.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return false;
    }
    byte[] digest = digest(given.substring(BEARER.length()).strip());
    boolean known = false;
    for (byte[] key : keys) {
      // All are compared, so that the time tells nothing.
      known |= MessageDigest.isEqual(key, digest);
    }
    return known;
  }

  private static Optional<String> header(RoutingRequest request, String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
