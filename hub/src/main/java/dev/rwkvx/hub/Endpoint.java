package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server with the hub's layout, and the token it is shown. */
public final class Endpoint {
  private static final String HUB = "https://huggingface.co";
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

  private final URI base;
  private final @Nullable String token;

  private Endpoint(URI base, @Nullable String token) {
    this.base = base;
    this.token = token;
  }

  /**
   * {@return the server at an address}
   *
   * @param address {@code https://HOST}, perhaps with a port and a path; {@code http} too
   * @param token shown to this server alone; null for none
   * @throws InputException when the address or the token cannot be used
   */
  public static Endpoint of(String address, @Nullable String token) {
    if (token != null && !TOKEN.matcher(token).matches()) {
      throw new InputException("The token has characters that no token has; check HF_TOKEN");
    }
    try {
      URI uri = new URI(address.strip().replaceFirst("/+$", ""));
      boolean web =
          "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
      if (web
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return new Endpoint(uri, token);
      }
    } catch (URISyntaxException e) {
      // Falls through to the sentence below.
    }
    throw new InputException(
        "'" + address + "' is not the address of a hub; expected https://HOST, such as " + HUB);
  }

  /**
   * {@return the server and the token that the hub's own tools would use: {@code HF_ENDPOINT};
   * {@code HF_TOKEN}, or the file that a login left}
   *
   * @param mirror instead of {@code HF_ENDPOINT}
   * @param environment variables by name
   * @throws InputException when one of them cannot be used
   */
  public static Endpoint fromEnvironment(@Nullable String mirror, Map<String, String> environment) {
    String address = mirror != null ? mirror : Folders.set(environment, "HF_ENDPOINT").orElse(HUB);
    return of(address, token(environment).orElse(null));
  }

  private static Optional<String> token(Map<String, String> environment) {
    Optional<String> given =
        Folders.set(environment, "HF_TOKEN")
            .or(() -> Folders.set(environment, "HUGGING_FACE_HUB_TOKEN"));
    return given.isPresent() ? given : fileToken(tokenFile(environment));
  }

  private static Path tokenFile(Map<String, String> environment) {
    return Folders.set(environment, "HF_TOKEN_PATH")
        .map(Path::of)
        .orElseGet(() -> Folders.huggingFace(environment).resolve("token"));
  }

  private static Optional<String> fileToken(Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines.map(String::strip).filter(line -> !line.isEmpty()).findFirst();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new InputException(file + ": the token in it cannot be read (" + e + ")", e);
    }
  }

  /** An address below this server's. */
  URI resolve(String encodedPath) {
    return URI.create(base + encodedPath);
  }

  /** Whether an address is on this very server: same scheme, host and port. */
  boolean owns(URI address) {
    return address.getHost() != null
        && base.getScheme().equalsIgnoreCase(address.getScheme())
        && base.getHost().equalsIgnoreCase(address.getHost())
        && port(base) == port(address);
  }

  /** Whether files may come from an address: not unencrypted where this server is encrypted. */
  boolean trusts(URI address) {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    return address.getHost() != null
        && (scheme.equals("https") || (scheme.equals("http") && !isEncrypted()));
  }

  private boolean isEncrypted() {
    return base.getScheme().equalsIgnoreCase("https");
  }

  /** The token for requests to this server; empty where it would travel unencrypted. */
  Optional<String> token() {
    String host = base.getHost();
    boolean local = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
    return isEncrypted() || local ? Optional.ofNullable(token) : Optional.empty();
  }

  /** Whether there is a token, and it is kept back because it would travel unencrypted. */
  boolean keepsToken() {
    return token != null && token().isEmpty();
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  /** The address, without the token. */
  @Override
  public String toString() {
    return base.toString();
  }
}
