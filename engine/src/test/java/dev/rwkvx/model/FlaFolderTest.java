package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.SafetensorsWriter;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hugging Face folders hold the same bits as other files of a model. */
class FlaFolderTest {
  private static final Config CONFIG = new Config(50, 64, 32, 3, 0, 24, 2);

  @TempDir private Path folder;

  @Test
  void aRoundTripChangesNoBit() throws IOException {
    Path torch = folder.resolve("model.pth");
    Conversion.run(
        RandomModel.create(CONFIG, WeightType.F32, 1), torch, new Target.Same(), Map.of());
    Path fla = write(torch, "fla");
    Path back = folder.resolve("back.safetensors");
    try (Checkpoint read = Checkpoint.open(fla)) {
      assertThat(read.format()).isEqualTo("safetensors with FLA names");
      assertThat(read.names()).allMatch(read::hasChecksum);
      Conversion.run(read, back, new Target.Same(), Map.of());
    }
    assertEqual(torch, back);
    assertThat(logits(fla)).isEqualTo(logits(torch));
  }

  @Test
  void shardsUnderTheNamesOfTransformersHoldTheSameModel() throws IOException {
    Checkpoint model = RandomModel.create(CONFIG, WeightType.BF16, 2);
    Path torch = folder.resolve("model.pth");
    Conversion.run(model, torch, new Target.Same(), Map.of());
    Path shards = Files.createDirectory(folder.resolve("shards"));
    List<String> names = List.copyOf(model.names());
    int half = names.size() / 2;
    writeShard(shards.resolve("model-00001-of-00002.safetensors"), model, names.subList(0, half));
    writeShard(
        shards.resolve("model-00002-of-00002.safetensors"),
        model,
        names.subList(half, names.size()));
    StringBuilder map = new StringBuilder();
    for (String name : names) {
      map.append(map.isEmpty() ? "" : ",")
          .append(
              "\"%s\":\"model-0000%d-of-00002.safetensors\""
                  .formatted(transformersName(name), names.indexOf(name) < half ? 1 : 2));
    }
    Files.writeString(
        shards.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
    assertThat(logits(shards)).isEqualTo(logits(torch));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Checkpoint.open(shards.resolve("model-00002-of-00002.safetensors")))
        .withMessageContaining("has no tensor 'rwkv7.")
        .withMessageContaining("open the folder or the index of all parts");
  }

  @Test
  void aWrittenFolderIsThatOfTheConverter() throws IOException {
    Path golden = SharedFiles.path("golden/hf-fla/tiny-rwkv7");
    Path fla = folder.resolve("fla");
    try (Checkpoint model = Checkpoint.open(SharedFiles.path("models/tiny-rwkv7/model.pth"))) {
      FlaFolder.write(model, fla, new Target.Floating(DType.BF16), Optional.of("0 'a' 1\n"));
    }
    assertThat(header(fla)).isEqualTo(header(golden));
    // The converter leaves the number of heads of another model there.
    String config = Files.readString(fla.resolve("config.json"));
    assertThat(fields(config.replace("\"num_heads\": 1,", "\"num_heads\": 32,")))
        .isEqualTo(fields(Files.readString(golden.resolve("config.json"))));
    for (String other : List.of("generation_config.json", "tokenizer_config.json")) {
      assertThat(fields(Files.readString(fla.resolve(other))))
          .isEqualTo(fields(Files.readString(golden.resolve(other))));
    }
    assertThat(fileNames(fla)).isEqualTo(fileNames(golden));
  }

  @Test
  void aFolderThatIsThereKeepsItsOtherFiles() throws IOException {
    Path torch = folder.resolve("model.pth");
    Conversion.run(
        RandomModel.create(CONFIG, WeightType.BF16, 3), torch, new Target.Same(), Map.of());
    Path fla = Files.createDirectory(folder.resolve("fla"));
    Files.writeString(fla.resolve("README.md"), "mine");
    Files.writeString(fla.resolve("config.json"), "{}");
    write(torch, "fla");
    assertThat(fla.resolve("README.md")).hasContent("mine");
    assertThat(fla.resolve("config.json")).content().contains("\"num_hidden_layers\": 3");
    assertThat(fileNames(folder)).containsExactly("fla", "model.pth");
  }

  @Test
  void onlyPlainRwkv7IsWritten() {
    Checkpoint hybrid = RandomModel.create(new Config(50, 64, 32, 2, 1, 24, 2), WeightType.BF16, 4);
    assertRefused(hybrid, "is an RWKV-X, which only rwkvx knows; FLA folders hold RWKV-7 models");
    assertRefused(RandomModel.create(CONFIG, WeightType.Q8, 5), "is quantised, and FLA is not");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private void assertRefused(Checkpoint model, String sentence) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() ->
            FlaFolder.write(model, folder.resolve("out"), new Target.Same(), Optional.empty()))
        .withMessageContaining(sentence);
  }

  private Path write(Path model, String name) {
    Path out = folder.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      FlaFolder.write(checkpoint, out, new Target.Same(), Optional.empty());
    }
    return out;
  }

  private static String transformersName(String official) {
    return official.equals("head.weight") ? official : "rwkv7." + official;
  }

  private static void writeShard(Path file, Checkpoint model, List<String> names) {
    List<TensorHeader> headers =
        names.stream()
            .map(n -> new TensorHeader(transformersName(n), model.type(n), model.shape(n)))
            .toList();
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, headers, Map.of())) {
      names.forEach(name -> writer.write(model.tensor(name).data()));
      writer.commit();
    }
  }

  private static void assertEqual(Path one, Path other) {
    try (Checkpoint a = Checkpoint.open(one);
        Checkpoint b = Checkpoint.open(other)) {
      assertThat(b.names()).containsExactlyInAnyOrderElementsOf(a.names());
      for (String name : a.names()) {
        assertThat(b.shape(name)).as(name).isEqualTo(a.shape(name));
        assertThat(b.type(name)).as(name).isEqualTo(a.type(name));
        assertThat(a.tensor(name).data().mismatch(b.tensor(name).data())).as(name).isEqualTo(-1);
      }
    }
  }

  private static float[] logits(Path file) {
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      int[] tokens = new SplittableRandom(3).ints(20, 0, CONFIG.vocabulary()).toArray();
      return Golden.run(model, tokens, tokens.length);
    }
  }

  /** Names, types and shapes, in the order of the file; the place of the data and sums differ. */
  private static String header(Path folder) throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    int length = file[0] & 0xff | (file[1] & 0xff) << 8 | (file[2] & 0xff) << 16;
    return new String(file, 8, length, StandardCharsets.UTF_8)
        .strip()
        .replaceFirst("\"rwkvx.crc32c\":\"[^\"]*\",", "")
        .replaceAll("\"data_offsets\":\\[\\d+,\\d+\\]", "");
  }

  /** The fields of flat JSON, in order of their names. */
  private static List<String> fields(String json) {
    String line = json.replaceAll("\\s+", " ").replace("[ ", "[").replace(" ]", "]").strip();
    return Stream.of(line.substring(2, line.length() - 2).split(", (?=\"[a-z_]+\": )"))
        .sorted()
        .toList();
  }

  private static List<String> fileNames(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
