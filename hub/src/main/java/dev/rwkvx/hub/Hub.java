package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.generate.ModelVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists repositories of a hub and pulls their files into a store. */
public final class Hub implements AutoCloseable {
  /** How often a file may change while it is pulled. */
  private static final int MOST_CHANGES = 3;

  private final HubClient client;
  private final ModelStore store;
  private final Patience patience;
  private final PullListener listener;

  /**
   * A way to pull models.
   *
   * @param endpoint the server, or a mirror
   * @param store where files go
   * @param patience how long failures are borne
   * @param listener hears how it goes, in the calling thread
   */
  public Hub(Endpoint endpoint, ModelStore store, Patience patience, PullListener listener) {
    this.client = new HubClient(endpoint, patience);
    this.store = store;
    this.patience = patience;
    this.listener = listener;
  }

  /**
   * The files of a repository.
   *
   * @param repository on the hub or the mirror
   * @param revision a branch, a tag or a commit
   * @return its files, with sizes and hashes
   * @throws InputException when there is no such repository or revision, or not for this user
   * @throws IOException when the server fails, also after further attempts
   * @throws InterruptedException when the thread is interrupted; what has come so far is kept
   */
  public Listing list(RepositoryName repository, String revision)
      throws IOException, InterruptedException {
    if (!RemotePath.isSafe(revision)) {
      throw new InputException(
          "'" + revision + "' is not a revision; expected a branch, a tag or a commit");
    }
    // A person waits for a list; files may take their time.
    Retries retries = new Retries(patience, (patience.attempts() + 1) / 2, listener);
    return new ListingReader(client, retries, repository).read(revision);
  }

  /**
   * Pulls a model with all that belongs to it, from wherever an earlier pull stopped, and returns
   * the file to open. What is here already is not fetched again. Other processes may pull the same.
   *
   * @param listing what the hub told of the repository
   * @param model one of the listing
   * @return the file to open, in the store
   * @throws InputException when it is not for this user or the disk has no room for it
   * @throws IOException when the server fails, also after further attempts, or sends something else
   *     than it lists; a next pull goes on from what came and was right
   * @throws InterruptedException when the thread is interrupted; what has come so far is kept
   */
  public Path pull(Listing listing, ModelFile model) throws IOException, InterruptedException {
    Listing current = listing;
    for (int changes = 1; ; changes++) {
      try {
        ModelFile wanted = current.model(model.main().path());
        for (RemoteFile companion : wanted.companions()) {
          download(current, companion, store.place(current, companion));
        }
        for (RemoteFile part : wanted.parts()) {
          download(current, part, store.place(current, part));
        }
        Path place = store.place(current, wanted.main());
        download(current, wanted.main(), place);
        return place;
      } catch (ChangedException e) {
        if (changes >= MOST_CHANGES) {
          throw new IOException(e.getMessage() + ", again and again", e);
        }
        listener.note(e.getMessage() + "; beginning again with the new one");
        current = list(listing.repository(), listing.revision());
      }
    }
  }

  /**
   * The World vocabulary in a model's folder, where programs look for it; pulled unless it is
   * there. Empty when the model needs another one or none.
   *
   * @param model a pulled model
   * @return the vocabulary file; empty when the model needs another one or none
   * @throws InputException when the model cannot be read, or the vocabulary is nowhere
   * @throws IOException when the server fails, also after further attempts
   * @throws InterruptedException when the thread is interrupted; what has come so far is kept
   */
  public Optional<Path> vocabulary(Path model) throws IOException, InterruptedException {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      if (!ModelVocabulary.fileName(checkpoint).equals(Optional.of(WorldVocabulary.FILE))) {
        return Optional.empty();
      }
    }
    Path place = model.resolveSibling(WorldVocabulary.FILE);
    if (!Files.isRegularFile(place)) {
      pullVocabulary(place);
    }
    return Optional.of(place);
  }

  private void pullVocabulary(Path place) throws IOException, InterruptedException {
    List<String> reasons = new ArrayList<>();
    for (RepositoryName source : WorldVocabulary.SOURCES) {
      try {
        Listing listing = list(source, "main");
        Optional<RemoteFile> file =
            listing.files().stream().filter(WorldVocabulary::is).findFirst();
        if (file.isPresent()) {
          download(listing, file.get(), place);
          return;
        }
        reasons.add(source + " does not have it");
      } catch (IOException | InputException e) {
        reasons.add(String.valueOf(e.getMessage()));
      }
    }
    throw new InputException(
        "The vocabulary %s was not found: %s"
            .formatted(WorldVocabulary.FILE, String.join("; ", reasons)));
  }

  private void download(Listing listing, RemoteFile file, Path place)
      throws IOException, InterruptedException {
    Optional<Path> elsewhere = store.elsewhere(listing, file);
    new Download(client, patience, listener, listing, file, place, elsewhere).run();
  }

  /** Breaks off what is under way. */
  @Override
  public void close() {
    client.close();
  }
}
