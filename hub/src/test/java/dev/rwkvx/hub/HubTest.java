package dev.rwkvx.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.hub.FakeHub.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubTest {
  private static final RepositoryName NAME = new RepositoryName("someone", "a-model");
  private static final String FILE = "model-1.pth";
  private static final String TOKEN = "hf_secret";

  @TempDir private Path folder;
  private FakeHub server;
  private final List<String> notes = new ArrayList<>();
  private final byte[] content = random(300_000, 1);

  @BeforeEach
  void start() throws IOException {
    server = new FakeHub(NAME);
    server.files.put(FILE, content);
    server.files.put("README.md", "a model".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aFileComesToItsPlaceOnce() throws Exception {
    Path pulled = pull(FILE);
    assertThat(pulled).isEqualTo(place()).hasBinaryContent(content);
    assertThat(parts()).isEmpty();
    pull(FILE);
    assertThat(server.contentRequests()).hasSize(1);
  }

  @Test
  void aFileWithoutANoteOfItsHashIsHashedAndKept() throws Exception {
    Files.delete(pull(FILE).resolveSibling("." + FILE + ".hash"));
    pull(FILE);
    assertThat(server.contentRequests()).hasSize(1);
  }

  @Test
  void aDamagedFileIsPulledAgain() throws Exception {
    Path pulled = pull(FILE);
    byte[] damaged = content.clone();
    damaged[content.length / 2] ^= 1;
    Files.write(pulled, damaged);
    assertThat(pull(FILE)).hasBinaryContent(content);
  }

  @Test
  void twentyCutsAtRandomPlacesDoNoHarm() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 20; i++) {
      server.faults.add(FakeHub.cutAfter(1 + random.nextInt(14_000)));
    }
    assertThat(pull(FILE)).hasBinaryContent(content);
    assertThat(server.faults).isEmpty();
    List<Request> requests = server.contentRequests();
    assertThat(requests).hasSize(21);
    List<Long> starts = requests.stream().skip(1).map(HubTest::start).toList();
    assertThat(starts).isSorted();
    assertThat(starts.getLast()).isPositive();
  }

  @Test
  void aLaterPullGoesOnFromThePart() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add(FakeHub.status(503));
    server.faults.add(FakeHub.status(503));
    server.faults.add(FakeHub.status(503));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE, patience(3, 20_000)))
        .withMessageContaining("status 503; gave up after 3 attempts");
    assertThat(place()).doesNotExist();
    long there = Files.size(parts().getFirst());
    assertThat(there).isBetween(1L, 100_000L);
    server.faults.clear();
    assertThat(pull(FILE)).hasBinaryContent(content);
    assertThat(start(server.contentRequests().getLast())).isEqualTo(there);
    assertThat(parts()).isEmpty();
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheBeginning() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add(FakeHub.instead(content));
    assertThat(pull(FILE)).hasBinaryContent(content);
    assertThat(server.contentRequests()).hasSize(2);
  }

  @Test
  void aRefusedRangeIsReadFromTheBeginning() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add(FakeHub.status(416));
    assertThat(pull(FILE)).hasBinaryContent(content);
    assertThat(server.contentRequests().getLast().range()).isEmpty();
  }

  @Test
  void anotherRangeThanAskedForIsNotAppended() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add((exchange, all, _) -> {
      exchange.getResponseHeaders().add("Content-Range", "bytes 7-9/" + all.length);
      exchange.sendResponseHeaders(206, 3);
      exchange.getResponseBody().write(all, 7, 3);
    });
    assertThat(pull(FILE)).hasBinaryContent(content);
  }

  @Test
  void aStalledConnectionIsGivenUpAndContinued() throws Exception {
    server.faults.add(FakeHub.stallAfter(50_000, 60_000));
    assertThat(pull(FILE, patience(10, 700))).hasBinaryContent(content);
    assertThat(notes).anyMatch(note -> note.startsWith("nothing came for"));
  }

  @Test
  void wrongContentLeavesNoFile() {
    server.faults.add(FakeHub.instead(random(content.length, 2)));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE))
        .withMessageContaining("its SHA-256 is not the one that the hub lists");
    assertThat(place()).doesNotExist();
    assertThat(parts()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"299999", "300001"})
  void wrongSizesLeaveNoFile(int size) {
    server.faults.add(FakeHub.instead(Arrays.copyOf(content, size)));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE))
        .withMessageContaining("sends " + size + " bytes where its list has 300000");
    assertThat(parts()).isEmpty();
  }

  @Test
  void aPageOfWordsInsteadOfTheRestDoesNotCostThePart() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add(FakeHub.instead("Please log in".getBytes(StandardCharsets.UTF_8)));
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> pull(FILE));
    assertThat(parts()).singleElement().satisfies(part -> assertThat(part).isNotEmptyFile());
    assertThat(pull(FILE)).hasBinaryContent(content);
  }

  @Test
  void moreThanTheListedSizeIsNotWritten() {
    server.faults.add((exchange, all, _) -> {
      exchange.sendResponseHeaders(200, 0); // Chunks, which tell no size.
      exchange.getResponseBody().write(all);
      exchange.getResponseBody().write(all);
    });
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE))
        .withMessageContaining("sends more bytes where its list has 300000");
    assertThat(parts()).isEmpty();
  }

  @Test
  void smallFilesAreCheckedByTheirGitHash() throws Exception {
    assertThat(pull("README.md")).hasContent("a model");
    server.files.put("other.md", "other".getBytes(StandardCharsets.UTF_8));
    server.faults.add(FakeHub.instead("othes".getBytes(StandardCharsets.UTF_8)));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull("other.md"))
        .withMessageContaining("git's SHA-1");
  }

  @Test
  void theTokenIsForTheHubAlone() throws Exception {
    pull(FILE);
    assertThat(server.requests)
        .allSatisfy(request ->
            assertThat(request.authorization())
                .isEqualTo(request.toHub() ? "Bearer " + TOKEN : ""));
    assertThat(server.requests).extracting(Request::toHub).contains(true, false);
  }

  @Test
  void passingFailuresAreWaitedOut() throws Exception {
    server.faults.add(FakeHub.status(429, "Retry-After", "1"));
    server.faults.add(FakeHub.status(500));
    server.faults.add(FakeHub.status(502));
    server.faults.add(FakeHub.status(403)); // An address of the storage has expired.
    long start = System.nanoTime();
    assertThat(pull(FILE)).hasBinaryContent(content);
    assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
    assertThat(notes).hasSize(4).first().asString().contains("is asked too often");
  }

  @Test
  void aServerThatWantsHoursIsNotWaitedFor() {
    server.faults.add(FakeHub.status(429, "Retry-After", "7200"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE))
        .withMessageContaining("gave up after 1 attempt");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | GatedRepo    | someone/a-model is gated: accept its terms at
          403 | GatedRepo    | someone/a-model is gated: accept its terms at
          403 | Forbidden    | does not give small.md of someone/a-model: status 403
          401 | RepoNotFound | someone/a-model does not exist at
          404 | EntryNotFound | does not have small.md of someone/a-model
          """)
  void refusalsAreExplained(int status, String code, String sentence) {
    server.files.put("small.md", "x".getBytes(StandardCharsets.UTF_8));
    server.faults.add(FakeHub.status(status, "X-Error-Code", code));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> pull("small.md"))
        .withMessageContaining(sentence)
        .withMessageNotContaining(TOKEN);
    assertThat(notes).isEmpty();
  }

  @Test
  void missingRepositoriesAndFilesAreNamed() {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> hub(patience(3, 20_000)).list(new RepositoryName("no", "body"), "main"))
        .withMessageStartingWith("no/body does not exist at http://127.0.0.1:");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> pull("model-2.pth"))
        .withMessage("someone/a-model has no file model-2.pth; it has model-1.pth");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> hub(patience(3, 20_000)).list(NAME, "../main"))
        .withMessageContaining("'../main' is not a revision");
  }

  @Test
  void aServerThatIsNotThereIsSaidToBe() {
    server.close();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> pull(FILE, patience(4, 20_000)))
        .withMessageContaining("127.0.0.1 cannot be reached: it does not listen")
        .withMessageContaining("gave up after 2 attempts");
  }

  @Test
  void aFileThatChangedBetweenTwoPullsBeginsAgain() throws Exception {
    server.faults.add(FakeHub.cutAfter(100_000));
    server.faults.add(FakeHub.status(503));
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> pull(FILE, patience(2, 20_000)));
    assertThat(parts()).hasSize(1);
    byte[] other = random(250_000, 3);
    server.files.put(FILE, other);
    server.commit = "f".repeat(40);
    assertThat(pull(FILE)).hasBinaryContent(other);
    assertThat(server.contentRequests().getLast().range()).isEmpty();
    assertThat(parts()).isEmpty();
    assertThat(Files.size(place())).isEqualTo(250_000);
  }

  @Test
  void aFileThatChangesWhileItIsPulledBeginsAgain() throws Exception {
    byte[] other = random(250_000, 4);
    server.faults.add((exchange, all, start) -> {
      FakeHub.cutAfter(100_000).answer(exchange, all, start);
      server.files.put(FILE, other);
    });
    assertThat(pull(FILE)).hasBinaryContent(other);
    assertThat(notes).anyMatch(note -> note.contains("beginning again with the new one"));
  }

  @Test
  void twoPullsAtOnceFetchAFileOnce() throws Exception {
    server.faults.add(FakeHub.stallAfter(1000, 2000));
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Path> first = threads.submit(() -> pull(FILE));
      Future<Path> second = threads.submit(() -> pull(FILE));
      assertThat(first.get()).isEqualTo(second.get()).hasBinaryContent(content);
    }
    assertThat(server.contentRequests().stream().filter(r -> r.range().isEmpty())).hasSize(1);
    assertThat(notes).anyMatch(note -> note.contains("by another process; waiting for it"));
  }

  @Test
  void aDiskWithoutRoomIsFoundOutBefore() {
    Listing listing =
        new Listing(
            NAME,
            "main",
            server.commit,
            List.of(
                new RemoteFile(FILE, 1L << 60, new ContentHash.Sha256(FakeHub.sha256(content)))));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> hub(patience(3, 20_000)).pull(listing, listing.model(FILE)))
        .withMessageContaining("model-1.pth needs 1,099,511,627,777 MiB more");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void pathsThatLeadElsewhereAreNotListed() throws Exception {
    for (String path :
        List.of(
            "../e.pth", "/e.pth", "a/../../e.pth", "a\\e.pth", ".e.pth", "a//e.pth", "c:e.pth")) {
      server.listed.put(path, random(2000, 9));
    }
    server.files.put("a/b.pth", random(2000, 9));
    Listing listing = hub(patience(3, 20_000)).list(NAME, "main");
    assertThat(listing.files())
        .extracting(RemoteFile::path)
        .containsExactly("README.md", "a/b.pth", FILE);
    assertThat(pull("a/b.pth")).isEqualTo(place().resolveSibling("a/b.pth")).exists();
  }

  @ParameterizedTest
  @CsvSource({"''", "https://huggingface.co"})
  void longListsComeInPages(String linkHost) throws Exception {
    for (int i = 0; i < 25; i++) {
      server.files.put("shard-" + i + ".pth", random(2000, i));
    }
    server.pageSize = 10;
    server.linkHost = linkHost;
    Listing listing = hub(patience(3, 20_000)).list(NAME, "refs/pr/1");
    assertThat(listing.files()).hasSize(27);
    assertThat(listing.models()).hasSize(26);
    assertThat(server.requests).hasSize(4);
  }

  @Test
  void aLinkThatIsNoAddressIsRefused() {
    for (int i = 0; i < 25; i++) {
      server.files.put("shard-" + i + ".pth", random(2000, i));
    }
    server.pageSize = 10;
    server.linkHost = "http://a b";
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> hub(patience(1, 20_000)).list(NAME, "main"))
        .withMessageContaining("answers with a link that is no address");
  }

  @Test
  void anIndexComesWithItsShards() throws Exception {
    server.files.put("m.safetensors.index.json", random(500, 1));
    server.files.put("m-00001-of-00002.safetensors", random(3000, 2));
    server.files.put("m-00002-of-00002.safetensors", random(3000, 3));
    server.files.put("n-00001-of-00002.safetensors", random(3000, 4));
    Path pulled = pull("m.safetensors.index.json");
    try (Stream<Path> files = Files.list(pulled.getParent())) {
      assertThat(files.filter(f -> f.toString().endsWith(".safetensors"))).hasSize(2);
    }
    Listing listing = hub(patience(3, 20_000)).list(NAME, "main");
    assertThat(listing.models()).extracting(ModelFile::size).containsExactly(6500L, 300_000L);
  }

  private Path place() {
    return folder.resolve("someone/a-model/main").resolve(FILE);
  }

  private List<Path> parts() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".part")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path pull(String file) throws Exception {
    return pull(file, patience(10, 20_000));
  }

  private Path pull(String file, Patience patience) throws Exception {
    try (Hub hub = hub(patience)) {
      Listing listing = hub.list(NAME, "main");
      return hub.pull(listing, listing.model(file));
    }
  }

  private Hub hub(Patience patience) {
    PullListener listener =
        new PullListener() {
          @Override
          public void progress(String step, long start, long done, long size) {
            assertThat(done).isBetween(start, size);
          }

          @Override
          public void note(String sentence) {
            synchronized (notes) {
              notes.add(sentence);
            }
          }
        };
    return new Hub(
        Endpoint.of(server.address(), TOKEN),
        new ModelStore(folder, new SharedCache(folder.resolve("none"))),
        patience,
        listener);
  }

  private static Patience patience(int attempts, int stallMillis) {
    return new Patience(
        Duration.ofSeconds(20),
        Duration.ofMillis(stallMillis),
        Duration.ofMillis(1),
        Duration.ofMillis(10),
        attempts);
  }

  private static long start(Request request) {
    return request.range().isEmpty() ? 0 : Long.parseLong(request.range().replaceAll("\\D", ""));
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
