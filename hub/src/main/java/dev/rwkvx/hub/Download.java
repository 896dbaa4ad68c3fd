package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Brings one file of a listing to its place, from wherever an earlier attempt stopped. */
final class Download {
  private static final Pattern RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");
  private static final long MEBIBYTE = 1 << 20;

  private final HubClient client;
  private final Patience patience;
  private final PullListener listener;
  private final Listing listing;
  private final RemoteFile file;
  private final Path target;
  private final Optional<Path> elsewhere;

  /**
   * @param elsewhere another place on this disk that may have the content
   */
  Download(
      HubClient client,
      Patience patience,
      PullListener listener,
      Listing listing,
      RemoteFile file,
      Path target,
      Optional<Path> elsewhere) {
    this.client = client;
    this.patience = patience;
    this.listener = listener;
    this.listing = listing;
    this.file = file;
    this.target = target;
    this.elsewhere = elsewhere;
  }

  /**
   * Runs until the whole file is at its place with the right hash.
   *
   * @throws ChangedException when the server has another file now
   * @throws IOException when it cannot be had; what came is kept unless it is wrong
   */
  void run() throws IOException, InterruptedException {
    Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
    Files.createDirectories(folder);
    StoredFile stored = new StoredFile(target.toAbsolutePath());
    try (StoreLock _ = StoreLock.take(stored.lock(), this::tellWaiting)) {
      if (stored.has(file, done -> progress("checking", 0, done))) {
        return;
      }
      stored.deletePartsExcept(file);
      if (elsewhere.isPresent()
          && stored.take(elsewhere.get(), file, done -> progress("checking", 0, done))) {
        return;
      }
      Path part = stored.part(file);
      requireSpace(folder, Files.exists(part) ? Files.size(part) : 0);
      try {
        fill(part);
      } catch (IOException e) {
        boolean wrong = e instanceof WrongContentException || e instanceof ChangedException;
        if (wrong || part.toFile().length() == 0) {
          Files.deleteIfExists(part);
        }
        throw e;
      }
      stored.complete(file);
    }
  }

  private void tellWaiting() {
    listener.note(file.name() + " is being pulled by another process; waiting for it");
  }

  private void requireSpace(Path folder, long there) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    if (file.size() - there > free) {
      throw new InputException(
          "%s needs %,d MiB more, and %s has %,d MiB left; make room, or choose another --cache"
              .formatted(
                  file.name(), (file.size() - there) / MEBIBYTE + 1, folder, free / MEBIBYTE));
    }
  }

  private void fill(Path path) throws IOException, InterruptedException {
    try (PartFile part = PartFile.open(path, file, done -> progress("checking", 0, done))) {
      Retries retries = new Retries(patience, patience.attempts(), listener);
      long furthest = part.length();
      while (!part.isWhole()) {
        try {
          receive(part);
        } catch (TransientException failure) {
          if (part.length() > furthest) {
            furthest = part.length();
            retries.progressed();
          }
          retries.failed(failure);
        }
      }
      if (!part.finish()) {
        throw new WrongContentException(
            "%s: its %s is not the one that the hub lists; what came is deleted, pull it again"
                .formatted(file.path(), file.hash().kind()));
      }
    }
  }

  /** One request: returns when the file is whole. */
  private void receive(PartFile part) throws IOException, InterruptedException {
    try (Reply reply = client.get(address(), headers(part.length()))) {
      requireUnchanged(reply);
      begin(reply, part);
      long start = part.length();
      while (true) {
        List<ByteBuffer> buffers = reply.body().next();
        if (buffers == null) {
          break;
        }
        for (ByteBuffer buffer : buffers) {
          if (buffer.remaining() > file.size() - part.length()) {
            throw new WrongContentException(otherSize("more") + "; what came is deleted");
          }
          part.append(buffer);
        }
        progress("pulling", start, part.length());
      }
      if (!part.isWhole()) {
        throw new TransientException(
            "%s ended after %,d of %,d bytes".formatted(file.name(), part.length(), file.size()));
      }
    }
  }

  private URI address() {
    return client
        .endpoint()
        .resolve(
            "/%s/resolve/%s/%s"
                .formatted(listing.repository(), listing.commit(), RemotePath.encode(file.path())));
  }

  private static Map<String, String> headers(long start) {
    String encoding = "Accept-Encoding";
    return start == 0
        ? Map.of(encoding, "identity")
        : Map.of(encoding, "identity", "Range", "bytes=" + start + "-");
  }

  /**
   * The hub tells size and hash with every answer. They are compared here rather than by an {@code
   * If-Range}: ETags of the storages that it redirects to are their own affair, and may differ from
   * one storage to the next.
   */
  private void requireUnchanged(Reply reply) throws ChangedException {
    String hash = reply.linkedHash().orElse("");
    boolean otherHash =
        hash.length() == file.hash().hex().length() && !hash.equalsIgnoreCase(file.hash().hex());
    OptionalLong size = reply.linkedSize();
    boolean answered = reply.status() == 200 || reply.status() == 206 || reply.status() == 416;
    if (answered && (otherHash || (size.isPresent() && size.getAsLong() != file.size()))) {
      throw new ChangedException(file);
    }
  }

  /** Brings the part to where the answer begins. */
  private void begin(Reply reply, PartFile part) throws IOException {
    switch (reply.status()) {
      case 200 -> {
        requireSize(reply.header("Content-Length").orElse("*"));
        if (part.length() > 0) {
          part.restart();
        }
      }
      case 206 -> {
        Matcher range = RANGE.matcher(reply.header("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != part.length()) {
          part.restart();
          throw new TransientException("the server sent another range of " + file.name());
        }
        requireSize(range.group(2));
      }
      case 416 -> {
        part.restart();
        throw new TransientException("the server does not have this range of " + file.name());
      }
      default -> throw Refusal.of(reply, client.endpoint(), listing.repository(), file.path());
    }
  }

  /** An answer of another size is none: a page of words about a failure, perhaps. */
  private void requireSize(String told) throws IOException {
    if (!told.equals("*") && !told.strip().equals(String.valueOf(file.size()))) {
      throw new IOException(otherSize(HubClient.printable(told)));
    }
  }

  private String otherSize(String found) {
    return "%s: the server sends %s bytes where its list has %d"
        .formatted(file.path(), found, file.size());
  }

  private void progress(String step, long start, long done) {
    listener.progress(step + " " + file.name(), start, done, file.size());
  }
}
