package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "variants.pth, torch zip, 13",
    "nested.pth, torch zip, 3",
    "legacy.pth, torch legacy, 13"
  })
  void torchFilesHaveTheValuesThatTorchReads(String file, String format, int tensors) {
    try (Checkpoint torch = Checkpoint.open(Golden.path(file));
        Checkpoint expected = Checkpoint.open(Golden.path("expected.safetensors"))) {
      assertThat(torch.format()).isEqualTo(format);
      assertThat(torch.names()).hasSize(tensors);
      for (String name : torch.names()) {
        Tensor tensor = torch.tensor(name);
        Tensor reference = expected.tensor(name);
        assertThat(tensor.name()).isEqualTo(name);
        assertThat(tensor.shape()).isEqualTo(reference.shape()).isEqualTo(torch.shape(name));
        assertThat(tensor.toFloats()).isEqualTo(reference.toFloats());
        for (int i = 0; i < tensor.elements(); i++) {
          assertThat(tensor.floatAt(i)).isEqualTo(reference.floatAt(i));
        }
      }
    }
  }

  @Test
  void tensorsKeepTheirTypeAndFileOrder() {
    try (Checkpoint torch = Checkpoint.open(Golden.path("variants.pth"))) {
      assertThat(torch.names())
          .startsWith("plain.f32", "plain.bf16", "plain.f16", "parameter", "transposed")
          .endsWith("scalar", "empty", "vector.1x1xC");
      assertThat(torch.type("plain.bf16")).isEqualTo(DType.BF16);
      assertThat(torch.tensor("plain.f16").type()).isEqualTo(DType.F16);
      assertThat(torch.tensor("scalar").rank()).isZero();
      assertThat(torch.tensor("empty").elements()).isZero();
      assertThat(torch.contains("plain.f32")).isTrue();
      assertThat(torch.contains("other")).isFalse();
      assertThatThrownBy(() -> torch.tensor("other"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("variants.pth: has no tensor 'other'");
    }
  }

  @Test
  void valuesBesideTheWeightsAreMetadata() {
    try (Checkpoint torch = Checkpoint.open(Golden.path("nested.pth"))) {
      assertThat(torch.metadata())
          .isEqualTo(Map.of("step", "12", "lr", "1.0E-4", "name", "nested"));
    }
  }

  @Test
  void contiguousTensorsAreReadOnlyViewsThatEndWithTheCheckpoint() {
    Checkpoint torch = Checkpoint.open(Golden.path("variants.pth"));
    MemorySegment view = torch.tensor("plain.f32").data();
    MemorySegment shared = torch.tensor("shared.b").data();
    assertThat(view.isMapped()).isTrue();
    assertThat(view.isReadOnly()).isTrue();
    assertThat(shared.isMapped()).isTrue();
    Tensor copy = torch.tensor("transposed");
    float first = copy.floatAt(0);
    assertThat(copy.data().isMapped()).isFalse();
    torch.close();
    torch.close();
    assertThatThrownBy(() -> view.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(copy.floatAt(0)).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/forward-f32/model.pth",
        "golden/rwkv7-only/model.pth",
        "golden/training/model.pth",
        "models/tiny-rwkv7/model.pth"
      })
  void modelsOpenWithAllWeightsAsViews(String file) {
    try (Checkpoint model = Checkpoint.open(SharedFiles.path(file))) {
      assertThat(model.names()).anyMatch(name -> name.endsWith("blocks.0.att.w1"));
      for (String name : model.names()) {
        assertThat(model.tensor(name).data().isMapped()).isTrue();
        for (float value : model.tensor(name).toFloats()) {
          assertThat(Float.isFinite(value)).isTrue();
        }
      }
    }
  }

  @Test
  void zip64ArchivesAreRead() throws IOException {
    byte[] pickle =
        new PickleBytes()
            .ops("}")
            .text("x")
            .tensor("0", 4, 1, new long[] {3}, new long[] {1})
            .ops("s")
            .stop();
    byte[] elements = new Bytes().u32(0).u32(0x3f80_0000).u32(0x4000_0000).u32(0).toArray();
    Path file = folder.resolve("any name at all");
    Files.write(
        file, new ZipBytes().zip64().add("a/data.pkl", pickle).add("a/data/0", elements).finish());
    try (Checkpoint torch = Checkpoint.open(file)) {
      assertThat(torch.tensor("x").toFloats()).containsExactly(1, 2, 0);
    }
  }

  @Test
  void shardsAreReadThroughTheIndexOrTheFolder() throws IOException {
    shard("a.safetensors", "first", 1, Map.of("format", "pt"));
    shard("b.safetensors", "second", 2, Map.of());
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index,
        """
        {"metadata": {"total_size": 8},
         "weight_map": {"second": "b.safetensors", "first": "a.safetensors"}}
        """);
    for (Path path : List.of(index, folder)) {
      try (Checkpoint sharded = Checkpoint.open(path)) {
        assertThat(sharded.path()).isEqualTo(path);
        assertThat(sharded.format()).isEqualTo("sharded safetensors");
        assertThat(sharded.names()).containsExactly("second", "first");
        assertThat(sharded.tensor("first").toFloats()).containsExactly(1);
        assertThat(sharded.tensor("second").toFloats()).containsExactly(2);
        assertThat(sharded.metadata()).isEqualTo(Map.of("format", "pt"));
      }
    }
    Files.delete(folder.resolve("b.safetensors"));
    assertThatThrownBy(() -> Checkpoint.open(index))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("b.safetensors: no such file");
  }

  @Test
  void aFolderWithOneSafetensorsFileStandsForIt() {
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is a folder without a safetensors file");
    shard("only.safetensors", "x", 3, Map.of());
    try (Checkpoint only = Checkpoint.open(folder)) {
      assertThat(only.tensor("x").floatAt(0)).isEqualTo(3);
    }
    shard("another.safetensors", "x", 3, Map.of());
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("name one of them");
  }

  @Test
  void missingFilesAndTheEmptyFileAreRefused() throws IOException {
    Path missing = folder.resolve("missing.pth");
    assertThatThrownBy(() -> Checkpoint.open(missing))
        .isInstanceOf(InputException.class)
        .hasMessage(missing + ": no such file");
    Path empty = Files.createFile(folder.resolve("empty.pth"));
    assertThatThrownBy(() -> Checkpoint.open(empty))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(empty + ": is empty");
  }

  @Test
  void integersAreNotHandedOutAsFloats() {
    MemorySegment data = MemorySegment.ofArray(new byte[8]);
    Tensor tensor = Tensor.of("ids", DType.I64, new long[] {1}, data);
    assertThat(tensor.dimension(0)).isEqualTo(1);
    for (Runnable read : List.<Runnable>of(tensor::toFloats, () -> tensor.floatAt(0))) {
      assertThatThrownBy(read::run)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tensor 'ids' I64[1] has the wrong type");
    }
    assertThatThrownBy(() -> Tensor.of("ids", DType.I64, new long[] {2}, data))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void shard(String file, String tensor, float value, Map<String, String> metadata) {
    List<TensorHeader> headers = List.of(new TensorHeader(tensor, DType.F32, new long[] {1}));
    try (SafetensorsWriter writer =
        SafetensorsWriter.create(folder.resolve(file), headers, metadata)) {
      writer.writeFloats(new float[] {value}, 0, 1);
      writer.commit();
    }
  }
}
