package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.io.IOException;

/** What an answer means that does not bring what was asked for. */
final class Refusal {
  private Refusal() {}

  /**
   * A failure of the server, which is a {@link TransientException} when the next attempt may
   * succeed.
   *
   * @param what was asked for, in words
   * @throws InputException when it is not there, or not for this user
   */
  static IOException of(Reply reply, Endpoint endpoint, RepositoryName repository, String what) {
    String code = reply.header("X-Error-Code").orElse("");
    int status = reply.status();
    // Addresses of the storage expire; the hub gives a new one.
    if (status == 408 || status == 429 || status >= 500 || (!reply.atHome() && status == 403)) {
      String reason = status == 429 ? " is asked too often" : " answered with status " + status;
      return new TransientException(reply.from().getHost() + reason, reply.retryAfter());
    }
    if (!reply.atHome()) {
      return new TransientException(
          reply.from().getHost() + " answered with status " + status + " for " + what);
    }
    if (code.equals("GatedRepo")) {
      throw new InputException(
          "%s is gated: accept its terms at %s/%s, and set HF_TOKEN to a token of that account"
              .formatted(repository, endpoint, repository));
    }
    if (status == 403) {
      String reason = HubClient.printable(reply.header("X-Error-Message").orElse("status 403"));
      throw new InputException(
          "%s does not give %s of %s: %s".formatted(endpoint, what, repository, reason));
    }
    if (status == 401) {
      throw new InputException(unauthorised(endpoint, repository));
    }
    if (status == 404 || status == 410) {
      throw new InputException(missing(code, endpoint, repository, what));
    }
    return new IOException(
        "%s answered with status %d when asked for %s".formatted(endpoint, status, what));
  }

  /** The hub does not tell strangers whether a repository is private or does not exist. */
  private static String unauthorised(Endpoint endpoint, RepositoryName repository) {
    if (endpoint.keepsToken()) {
      return endpoint + " wants a token, and none is sent over a connection without encryption";
    }
    return endpoint.token().isPresent()
        ? "%s does not exist at %s, or the token is not valid for it"
            .formatted(repository, endpoint)
        : "%s does not exist at %s, or it is private: set HF_TOKEN to a token that may read it"
            .formatted(repository, endpoint);
  }

  private static String missing(
      String code, Endpoint endpoint, RepositoryName repository, String what) {
    return code.equals("RepoNotFound")
        ? "%s does not exist at %s".formatted(repository, endpoint)
        : "%s does not have %s of %s".formatted(endpoint, what, repository);
  }
}
