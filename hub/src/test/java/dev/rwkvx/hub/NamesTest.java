package dev.rwkvx.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  private static final RepositoryName G1 = new RepositoryName("BlinkDL", "rwkv7-g1");

  @TempDir private Path folder;

  @Test
  void namesHaveARepositoryAndPerhapsAFile() {
    assertThat(ModelName.parse("BlinkDL/rwkv7-g1")).isEqualTo(new ModelName(G1, null, null));
    assertThat(ModelName.parse("BlinkDL/rwkv7-g1:a b/c.pth"))
        .isEqualTo(new ModelName(G1, "a b/c.pth", null))
        .hasToString("BlinkDL/rwkv7-g1:a b/c.pth");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a/b/c",
        "/b",
        "a/",
        "../b",
        "a/..",
        "a/.b",
        "a/b.",
        "a/b..c",
        "a b/c",
        "a/b:",
        "a/b:../c",
        "a/b:/c",
        "a/b:c/",
        "a/b:c\\d",
        "a/b:.c",
        "a/b:c\u0007",
        "a/b:c:d",
        "ä/b"
      })
  void otherWordsAreNoNames(String words) {
    assertThat(ModelName.of(words)).isEmpty();
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> ModelName.parse(words))
        .withMessageContaining("expected OWNER/NAME or OWNER/NAME:FILE");
  }

  @Test
  void addressesAreEncoded() {
    assertThat(RemotePath.encode("a b/ü+c?.pth")).isEqualTo("a%20b/%C3%BC%2Bc%3F.pth");
    assertThat(RemotePath.encodePart("refs/pr/1")).isEqualTo("refs%2Fpr%2F1");
  }

  @ParameterizedTest
  @CsvSource({
    "rwkv7-g1-0.1b,    rwkv7-g1-0.1b-20250307-ctx4096.pth,              true",
    "rwkv7-g1-0.1b,    rwkv7-g1d-0.1b-20260129-ctx8192.pth,             true",
    "rwkv7-g1-1.5b,    rwkv7-g1a2-1.5b-20251005-ctx4096.pth,            true",
    "rwkv7-g1-0.1b,    rwkv7a-g1b-0.1b-20250819-ctx4096.pth,            false",
    "rwkv7-g1-0.1b,    rwkv7-g0-0.1b-20250307-ctx4096.pth,              false",
    "rwkv7-g1-2.9b,    old/rwkv7-g1-2.9b-20250519-ctx4096.pth,          false",
    "rwkv7-world-0.1b, RWKV-x070-World-0.1B-v2.8-20241210-ctx4096.pth,  true",
    "RWKVX-3.6B,       RWKV-X-3.6B-64k-Base.pth,                        true",
    "rwkvx-0.2b,       RWKV-X-0.2B-64k-Base.pth,                        true",
    "rwkvx-0.2b,       RWKV-X-0x2B-64k-Base.pth,                        false"
  })
  void knownNamesStandForFiles(String name, String file, boolean matches) {
    assertThat(KnownModel.find(name).orElseThrow().matches(file)).isEqualTo(matches);
  }

  @Test
  void aKnownNameMeansTheNewestFile() {
    Listing listing =
        listing(
            "rwkv7-g1d-0.4b-20260210-ctx8192.pth",
            "rwkv7-g1a-0.4b-20250905-ctx4096.pth",
            "rwkv7-g1k-2.9b-20260930-ctx25600.pth");
    assertThat(listing.choose(name("rwkv7-g1-0.4b")).orElseThrow().main().path())
        .isEqualTo("rwkv7-g1d-0.4b-20260210-ctx8192.pth");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> listing.choose(name("rwkv7-g1-7.2b")))
        .withMessageContaining("BlinkDL/rwkv7-g1 has no file for rwkv7-g1-7.2b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          a/b        | x.pth README.md                            | x.pth
          a/b        | x.pth model.safetensors                    | model.safetensors
          a/b        | model.safetensors.index.json x.pth         | model.safetensors.index.json
          a/b        | x.pth y.pth                                | -
          a/b:x.pth  | x.pth y.pth                                | x.pth
          a/b:R.md   | x.pth y.pth R.md                           | R.md
          a/b        | m-Q8_0.gguf m-Q4_K_M.gguf m-Q4_K_S.gguf    | m-Q4_K_M.gguf
          a/b        | m-Q8_0.gguf m-F16.gguf                     | -
          a/b:q8_0   | m-Q8_0.gguf m-Q4_K_M.gguf                  | m-Q8_0.gguf
          a/b:Q4_K_M | m-Q4_K_M.gguf m-Q4_K_M-better.gguf         | -
          a/b:f16    | m-FP16.gguf m-BF16.gguf m-Q8_0.gguf        | m-FP16.gguf
          a/b:F16    | F16/m.gguf BF16/m.gguf                     | F16/m.gguf
          a/b:Q8_0   | m-Q8_0-00002-of-00002.gguf m-Q8_0-00001-of-00002.gguf | m-Q8_0-00001-of-00002.gguf
          rwkv7-g1-2.9b-gguf      | g1j-Q8_0.gguf g1j-Q4_K_M.gguf | g1j-Q4_K_M.gguf
          rwkv7-g1-2.9b-gguf:Q8_0 | g1j-Q8_0.gguf g1j-Q4_K_M.gguf | g1j-Q8_0.gguf
          rwkv7-g1-0.1b-hf        | model.safetensors other.pth   | model.safetensors
          """)
  void aNameMeansOneModelOrLeavesTheChoice(String name, String files, String chosen) {
    Optional<ModelFile> found = listing(files.split(" ")).choose(name(name));
    assertThat(found.map(model -> model.main().path())).isEqualTo(Optional.ofNullable(chosen));
  }

  @ParameterizedTest
  @CsvSource({
    "a/b,      has no model: none of its 1 files",
    "a/b:Q8_0, has no file Q8_0",
    "a/b:Q4_K, has no file Q4_K"
  })
  void missingModelsAreNamed(String name, String sentence) {
    Listing listing = listing(name.equals("a/b") ? "README.md" : "m-Q4_K_M.gguf");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> listing.choose(name(name)))
        .withMessageContaining(sentence);
  }

  @Test
  void whatBelongsToAModelComesWithIt() {
    Listing listing =
        listing(
            "config.json",
            "tokenizer.json",
            "rwkv_vocab_v20230424.txt",
            "model.safetensors",
            "modeling_rwkv7.py",
            "other/config.json",
            "m-00001-of-00002.gguf",
            "m-00002-of-00002.gguf",
            "n-00002-of-00002.gguf");
    assertThat(listing.models())
        .extracting(model -> model.main().path())
        .containsExactly("model.safetensors", "m-00001-of-00002.gguf");
    assertThat(listing.model("model.safetensors").companions())
        .extracting(RemoteFile::path)
        .containsExactly("config.json", "tokenizer.json", "rwkv_vocab_v20230424.txt");
    ModelFile split = listing.model("m-00001-of-00002.gguf");
    assertThat(split.companions()).isEmpty();
    assertThat(split.parts()).extracting(RemoteFile::path).containsExactly("m-00002-of-00002.gguf");
  }

  @Test
  void pulledModelsAreFoundByName() throws IOException {
    ModelStore store = new ModelStore(folder, new SharedCache(folder.resolve("none")));
    assertThat(store.find("rwkv7-g1-0.4b")).isEmpty();
    Path old = put("BlinkDL/rwkv7-g1/main/rwkv7-g1a-0.4b-20250905-ctx4096.pth");
    assertThat(store.find("BlinkDL/rwkv7-g1")).contains(old);
    put("BlinkDL/rwkv7-g1/main/.rwkv7-g1k-0.4b-20260930-ctx25600.pth.ab.part");
    Path newer = put("BlinkDL/rwkv7-g1/main/rwkv7-g1d-0.4b-20260210-ctx8192.pth");
    Path other = put("BlinkDL/rwkv7-g1/v1/x.pth");
    assertThat(store.find("rwkv7-g1-0.4b")).contains(newer);
    assertThat(store.find("BlinkDL/rwkv7-g1:" + old.getFileName())).contains(old);
    assertThat(store.find("BlinkDL/rwkv7-g1:x.pth")).contains(other);
    assertThat(store.find("BlinkDL/rwkv7-g1:y.pth")).isEmpty();
    assertThat(store.find("models/x.pth")).isEmpty();
    assertThat(store.find("./x.pth")).isEmpty();
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> store.find("BlinkDL/rwkv7-g1"))
        .withMessageContaining("has several pulled models; say which");
  }

  @Test
  void modelsAreListedUnderTheShortestName() throws IOException {
    put("a/b/main/m-Q8_0.gguf");
    put("a/b/main/m-Q4_K_M.gguf");
    put("a/b/main/m-Q5_K_M-better.gguf");
    put("a/b/main/m-Q6_K-00001-of-00002.gguf");
    put("a/b/main/m-Q6_K-00002-of-00002.gguf");
    put("a/c/main/x.pth");
    put("a/c/v1/x.pth");
    ModelStore store = new ModelStore(folder, new SharedCache(folder.resolve("none")));
    assertThat(store.list())
        .extracting(StoredModel::name)
        .containsExactly(
            "a/b", // The default type.
            "a/b:Q5_K_M",
            "a/b:Q6_K",
            "a/b:Q8_0",
            "a/c",
            folder.resolve("a/c/v1/x.pth").toString());
    assertThat(store.list().get(2).weights()).hasSize(2);
  }

  @Test
  void serverAndTokenComeFromTheEnvironment() throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "hf_file\n");
    Map<String, String> empty = Map.of("XDG_CACHE_HOME", folder + "/none");
    assertThat(Endpoint.fromEnvironment(null, empty)).hasToString("https://huggingface.co");
    assertThat(Endpoint.fromEnvironment(null, empty).token()).isEmpty();
    Map<String, String> set =
        Map.of("HF_ENDPOINT", "https://mirror.example/hf/", "HF_HOME", folder.toString());
    assertThat(Endpoint.fromEnvironment(null, set)).hasToString("https://mirror.example/hf");
    assertThat(Endpoint.fromEnvironment(null, set).token()).contains("hf_file");
    assertThat(Endpoint.fromEnvironment("http://127.0.0.1:8080", set))
        .hasToString("http://127.0.0.1:8080");
    Map<String, String> both = Map.of("HF_TOKEN", " hf_env ", "HF_TOKEN_PATH", file.toString());
    assertThat(Endpoint.fromEnvironment(null, both).token()).contains("hf_env");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Endpoint.fromEnvironment(null, Map.of("HF_TOKEN", "a\nb")))
        .withMessageContaining("check HF_TOKEN");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hub", "ftp://hub", "https://", "https://user@hub", "https://hub?x", "a b"})
  void otherAddressesAreRefused(String address) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Endpoint.of(address, null))
        .withMessageContaining("is not the address of a hub");
  }

  @Test
  void theTokenStaysWithItsServerAndItsEncryption() {
    Endpoint hub = Endpoint.of("https://hub.example", "t");
    assertThat(hub.owns(URI.create("https://hub.example:443/x"))).isTrue();
    assertThat(hub.owns(URI.create("https://HUB.example/x"))).isTrue();
    for (String other :
        List.of(
            "https://hub.example:8443/x", "http://hub.example/x", "https://cdn.hub.example/x")) {
      assertThat(hub.owns(URI.create(other))).as(other).isFalse();
    }
    assertThat(hub.trusts(URI.create("https://cdn.example/x"))).isTrue();
    assertThat(hub.trusts(URI.create("http://cdn.example/x"))).isFalse();
    assertThat(hub.trusts(URI.create("file:///etc/passwd"))).isFalse();
    Endpoint open = Endpoint.of("http://hub.example", "t");
    assertThat(open.token()).isEqualTo(Optional.empty());
    assertThat(open.keepsToken()).isTrue();
    assertThat(open).hasToString("http://hub.example");
  }

  private static ModelName name(String words) {
    return ModelName.parse(words);
  }

  private Path put(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private static Listing listing(String... paths) {
    List<RemoteFile> files =
        List.of(paths).stream()
            .map(path -> new RemoteFile(path, 1, new ContentHash.GitBlob("0".repeat(40))))
            .toList();
    return new Listing(G1, "main", "0".repeat(40), files);
  }
}
