package dev.rwkvx.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the hub which commit a revision is, and for the files of that commit, page by page. */
final class ListingReader {
  private static final int LARGEST_PAGE = 16 << 20;
  private static final int MOST_PAGES = 1000;
  private static final int MOST_FILES = 200_000;
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40,64}");
  private static final Pattern NEXT = Pattern.compile("<([^<>]*)>\\s*;\\s*rel=\"?next\"?");

  private final HubClient client;
  private final Retries retries;
  private final RepositoryName repository;
  private final JsonMapper mapper = new JsonMapper();

  /** A page and the query of the one after it. */
  private record Page(JsonNode json, Optional<String> next) {}

  ListingReader(HubClient client, Retries retries, RepositoryName repository) {
    this.client = client;
    this.retries = retries;
    this.repository = repository;
  }

  /** The files of a revision. */
  Listing read(String revision) throws IOException, InterruptedException {
    String api = "/api/models/" + repository;
    String commit =
        page(api + "/revision/" + RemotePath.encodePart(revision), "revision " + revision)
            .json()
            .path("sha")
            .asString("");
    if (!COMMIT.matcher(commit).matches()) {
      throw unexpected("does not tell the commit of " + revision);
    }
    List<RemoteFile> files = new ArrayList<>();
    String tree = api + "/tree/" + commit;
    Optional<String> query = Optional.of("recursive=true");
    for (int pages = 0; query.isPresent(); pages++) {
      Page page = page(tree + "?" + query.get(), "the list of files");
      if (pages >= MOST_PAGES || files.size() > MOST_FILES) {
        throw unexpected("lists more files than can be true");
      }
      if (!page.json().isArray()) {
        throw unexpected("does not answer with a list of files");
      }
      page.json().forEach(entry -> file(entry).ifPresent(files::add));
      query = page.next();
    }
    return new Listing(repository, revision, commit, List.copyOf(files));
  }

  private Page page(String path, String what) throws IOException, InterruptedException {
    return retries.until(() -> {
      URI address = client.endpoint().resolve(path);
      try (Reply reply = client.get(address, Map.of("Accept", "application/json"))) {
        if (reply.status() != 200) {
          throw Refusal.of(reply, client.endpoint(), repository, what);
        }
        return new Page(mapper.readTree(reply.body().all(LARGEST_PAGE)), next(reply));
      } catch (JacksonException e) {
        throw unexpected("answers with something else than JSON");
      }
    });
  }

  /**
   * The query of the next page. Only the query of the link is used: mirrors copy links that name
   * the hub.
   */
  private Optional<String> next(Reply reply) throws IOException {
    Matcher next = NEXT.matcher(String.join(", ", reply.headers().allValues("Link")));
    if (!next.find()) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(new URI(next.group(1)).getRawQuery());
    } catch (URISyntaxException e) {
      throw unexpected("answers with a link that is no address");
    }
  }

  /** A file that may be pulled; folders and names that no file here should have are left out. */
  private static Optional<RemoteFile> file(JsonNode entry) {
    String path = entry.path("path").asString("");
    JsonNode large = entry.path("lfs");
    long size = (large.isObject() ? large : entry).path("size").asLong(-1);
    if (!entry.path("type").asString("").equals("file") || !RemotePath.isSafe(path) || size < 0) {
      return Optional.empty();
    }
    Optional<ContentHash> hash =
        large.isObject()
            ? ContentHash.Sha256.of(large.path("oid").asString(""))
            : ContentHash.GitBlob.of(entry.path("oid").asString(""));
    return hash.map(h -> new RemoteFile(path, size, h));
  }

  private IOException unexpected(String what) {
    return new IOException(
        "%s %s for %s; it may not be a hub".formatted(client.endpoint(), what, repository));
  }
}
