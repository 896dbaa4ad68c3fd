package dev.rwkvx.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the hub's own tools have fetched is used, and left as it is. */
class SharedCacheTest {
  private static final RepositoryName NAME = new RepositoryName("someone", "a-model");
  private static final String FILE = "model.safetensors";

  @TempDir private Path folder;
  private FakeHub server;
  private Path shared;
  private ModelStore store;
  private final byte[] content = random(5000, 1);

  @BeforeEach
  void start() throws IOException {
    server = new FakeHub(NAME);
    server.files.put(FILE, content);
    server.files.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
    shared = folder.resolve("hub");
    store = new ModelStore(folder.resolve("rwkvx"), new SharedCache(shared));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theFolderIsThatOfTheHubsTools() throws IOException {
    download(server.commit, FILE, content);
    for (Map<String, String> environment :
        List.of(
            Map.of("HF_HUB_CACHE", shared.toString(), "HF_HOME", "/nowhere"),
            Map.of("HF_HOME", folder.toString()))) {
      assertThat(SharedCache.usual(environment).repositories()).containsExactly(NAME);
    }
    Files.move(shared, Files.createDirectory(folder.resolve("huggingface")).resolve("hub"));
    assertThat(SharedCache.usual(Map.of("XDG_CACHE_HOME", folder.toString())).repositories())
        .containsExactly(NAME);
  }

  @Test
  void modelsAreFoundByNameTheCommitOfMainFirst() throws IOException {
    download("a".repeat(40), FILE, content);
    Path main = download("b".repeat(40), FILE, random(100, 2));
    download("c".repeat(40), FILE, content);
    Path older = download("a".repeat(40), "old.pth", content);
    Files.writeString(refs().resolve("main"), "b".repeat(40) + "\n");
    assertThat(store.find("someone/a-model")).contains(main);
    assertThat(store.find("someone/a-model:old.pth")).contains(older);
    assertThat(store.find("someone/a-model:none.pth")).isEmpty();
    assertThat(store.list())
        .filteredOn(model -> model.name().equals("someone/a-model"))
        .singleElement()
        .satisfies(model -> {
          assertThat(model.shared()).isTrue();
          assertThat(model.size()).isEqualTo(100);
        });
  }

  @Test
  void whatIsThereIsNotFetchedAgain() throws Exception {
    Path other = download(server.commit, FILE, content);
    Path pulled = pull();
    assertThat(pulled).startsWith(folder.resolve("rwkvx")).hasBinaryContent(content);
    assertThat(Files.isSameFile(pulled, other)).isTrue();
    assertThat(server.contentRequests()).isEmpty();
    assertThat(pulled.resolveSibling("config.json")).hasContent("{}");
    assertThat(store.find("someone/a-model")).contains(pulled);
    assertThat(store.list()).extracting(StoredModel::file).containsExactly(pulled);
  }

  @Test
  void aLaterContentDoesNotReachTheCache() throws Exception {
    Path other = download(server.commit, FILE, content);
    pull();
    byte[] newer = random(6000, 3);
    server.files.put(FILE, newer);
    server.commit = "f".repeat(40);
    assertThat(pull()).hasBinaryContent(newer);
    assertThat(other).hasBinaryContent(content);
  }

  @Test
  void wrongContentIsFetchedAndTheCacheLeftAlone() throws Exception {
    byte[] wrong = random(content.length, 4);
    Path other = download(server.commit, FILE, wrong);
    assertThat(pull()).hasBinaryContent(content);
    assertThat(other).hasBinaryContent(wrong);
  }

  @Test
  void removalDeletesWhatWasPulledAndNothingElse() throws Exception {
    Path other = download(server.commit, FILE, content);
    Path pulled = pull();
    Path second = Files.write(pulled.resolveSibling("second.pth"), content);
    StoredModel first = model("someone/a-model");
    assertThat(first.file()).isEqualTo(pulled);
    store.delete(first);
    assertThat(pulled).doesNotExist();
    assertThat(pulled.resolveSibling("config.json")).exists();
    assertThat(other).hasBinaryContent(content);
    store.delete(model("someone/a-model"));
    assertThat(second).doesNotExist();
    try (Stream<Path> left = Files.walk(folder.resolve("rwkvx"))) {
      assertThat(left.filter(Files::isRegularFile))
          .allMatch(file -> file.toString().endsWith(".lock"));
    }
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> store.delete(model("someone/a-model")))
        .withMessageContaining("lies in the cache of the hub's own tools, which is only read here");
    assertThat(other).hasBinaryContent(content);
  }

  @Test
  void linksThatLeadNowhereAreNoModels() throws IOException {
    Path snapshot = snapshots().resolve("d".repeat(40));
    Files.createDirectories(snapshot);
    Files.createSymbolicLink(snapshot.resolve("loop.pth"), Path.of("loop.pth"));
    Files.createSymbolicLink(snapshot.resolve("gone.pth"), Path.of("../../blobs/gone"));
    Files.createSymbolicLink(snapshot.resolve("folder"), Path.of("."));
    assertThat(store.find("someone/a-model")).isEmpty();
    assertThat(store.list()).isEmpty();
  }

  private StoredModel model(String name) throws IOException {
    return store.list().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  /** As the hub's tools do it: a blob under its hash, and a link to it. */
  private Path download(String commit, String name, byte[] bytes) throws IOException {
    Path blobs = Files.createDirectories(snapshots().resolveSibling("blobs"));
    Files.createDirectories(refs());
    Path snapshot = Files.createDirectories(snapshots().resolve(commit));
    String hash = FakeHub.sha256(bytes);
    Files.write(blobs.resolve(hash), bytes);
    return Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/" + hash));
  }

  private Path snapshots() {
    return shared.resolve("models--someone--a-model").resolve("snapshots");
  }

  private Path refs() {
    return snapshots().resolveSibling("refs");
  }

  private Path pull() throws Exception {
    PullListener silent =
        new PullListener() {
          @Override
          public void progress(String step, long start, long done, long size) {}

          @Override
          public void note(String sentence) {}
        };
    Patience patience =
        new Patience(
            Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMillis(1), Duration.ZERO, 3);
    try (Hub hub = new Hub(Endpoint.of(server.address(), null), store, patience, silent)) {
      Listing listing = hub.list(NAME, "main");
      return hub.pull(listing, listing.choose(ModelName.parse("someone/a-model")).orElseThrow());
    }
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
