package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfoCommandTest {
  @TempDir private Path folder;

  @Test
  void tellsKindSizesAndMetadata() {
    Path file =
        Checkpoints.writeHybrid(
            folder.resolve("model.safetensors"),
            Map.of("rwkvx.chunk_size", "128", "rwkvx.vocabulary", "byte"));
    Rwkvx run = Rwkvx.run("info", file);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "file " + file + " (safetensors)",
            "kind RWKV-X",
            "blocks 2 RWKV-7 + 1 sparse attention",
            "embedding 64",
            "heads 2 × 32",
            "low-rank decay 8, learning rate 9, value 10, gate 11",
            "FFN 256",
            "vocabulary 300",
            "parameters " + Text.count(Checkpoints.hybridParameters()),
            "types BF16 100.0 % (10 tensors)",
            "size " + Text.bytes(2 * Checkpoints.hybridParameters()),
            "chunk size 128",
            "top k 3 (the default: the file does not tell)",
            "rwkvx.chunk_size 128",
            "rwkvx.vocabulary byte")
        .noneMatch(line -> line.startsWith("moba."));
  }

  @Test
  void aBrokenModelIsStillDescribed() {
    Path file =
        Checkpoints.writeHybrid(
            folder.resolve("model.safetensors"), Map.of("rwkvx.chunk_size", "many"));
    Rwkvx run = Rwkvx.run("info", file);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("broken +.*'many'").contains("BF16 100.0 % (10 tensors)");
  }

  @Test
  void listsTensors() {
    Path file = folder.resolve("model.safetensors");
    Checkpoints.writeHybrid(file, Map.of());
    assertThat(Rwkvx.run("info", "--tensors", file).out().lines().map(l -> l.replaceAll(" +", " ")))
        .contains("rwkv.emb.weight BF16 [300, 64] 38400", "moba.0.ln1.weight BF16 [64] 128");
  }

  @Test
  void checksumsAreVerifiedOnDemand() throws IOException {
    Path file = Checkpoints.writeHybrid(folder.resolve("model.safetensors"), Map.of());
    assertThat(Rwkvx.run("info", "--verify", file).out())
        .containsPattern("checksums +right in (\\d+) of \\1 tensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThat(Rwkvx.run("info", file).exitCode()).isZero();
    Rwkvx run = Rwkvx.run("info", "--verify", file);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains(file + " is damaged: tensor 'moba.0.")
        .contains("does not have the checksum it was written with")
        .hasLineCount(1);
  }

  @Test
  void otherTensorsAreOfUnknownKind() {
    Path file = folder.resolve("other.safetensors");
    Checkpoints.write(file, new float[] {1, 2, 3}, new long[] {4, 5});
    Rwkvx run = Rwkvx.run("info", file);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("unknown")
        .contains("F32 60.0 % (1 tensors), I64 40.0 % (1 tensors)")
        .contains("28 bytes");
  }

  @Test
  void metadataCannotSpeakToTheTerminal() {
    Path file =
        Checkpoints.writeHybrid(
            folder.resolve("model.safetensors"), Map.of("note", "\u001b[31m" + "x".repeat(5000)));
    String out = Rwkvx.run("info", file).out();
    assertThat(out).doesNotContain("\u001b").contains("… (5,005 characters)");
  }

  @Test
  void missingEmptyAndForeignFilesAreBadInput() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.pth"));
    Path text = Files.writeString(folder.resolve("text.safetensors"), "hello, I am a text file");
    for (Path file : new Path[] {folder.resolve("missing.pth"), empty, text}) {
      Rwkvx run = Rwkvx.run("info", file);
      assertThat(run.exitCode()).as(file.toString()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("rwkvx info: ").contains(file.toString()).hasLineCount(1);
    }
  }
}
