package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  @TempDir private Path folder;
  private Path in;
  private Path out;

  @BeforeEach
  void names() {
    in = folder.resolve("in.safetensors");
    out = folder.resolve("out.safetensors");
  }

  @Test
  void aHuggingFaceFolderGoesThereAndBack() throws IOException {
    Path model = RandomModels.writeRwkv7(folder.resolve("model.pth"), 256);
    Path fla = folder.resolve("fla");
    Rwkvx run = Rwkvx.run("convert", model, fla, "--to", "fla");
    assertThat(run.err()).contains("FLA normalises heads of size 32").hasLineCount(1);
    assertThat(run.out()).isEqualToIgnoringNewLines(fla + ": " + flaSize(fla) + " in FLA's layout");
    assertThat(Rwkvx.run("info", fla).out())
        .contains(fla + " (safetensors with FLA names)")
        .containsPattern("rearranged +14 tensors, which are transposed when they are read")
        .containsPattern("kind +RWKV-7");
    Rwkvx text = Rwkvx.run("generate", "--model", fla, "a", "--max-tokens", "4");
    assertThat(text.exitCode()).as(text.err()).isZero();
    assertThat(Rwkvx.run("convert", fla, out).exitCode()).isZero();
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(out)) {
      for (String name : before.names()) {
        assertThat(after.tensor(name).data().mismatch(before.tensor(name).data())).isEqualTo(-1);
      }
    }
    assertThat(Rwkvx.run("convert", model, fla, "--to", "fla").err())
        .contains("has files already; choose another folder, or give --overwrite");
    assertThat(Rwkvx.run("convert", model, fla, "--to", "fla", "--overwrite").exitCode()).isZero();
  }

  private static String flaSize(Path fla) throws IOException {
    return Text.bytes(Files.size(fla.resolve("model.safetensors")));
  }

  @Test
  void whatNoHuggingFaceFolderCanBeIsRefused() throws IOException {
    RandomModels.write(in, 256, "byte");
    for (String[] line :
        new String[][] {
          {"is an RWKV-X, which only rwkvx knows", "fla"},
          {"--type q8 is not for --to fla; expected f32, bf16 or f16", "fla", "--type", "q8"},
          {"the folder that it is to lie in does not exist", "none/fla"},
          {"exists and is not a folder", "in.safetensors"},
          {"the input lies in it; choose another output", "."}
        }) {
      Path place = folder.resolve(line[1]);
      List<Object> words = new ArrayList<>(List.of("convert", in, place, "--to", "fla"));
      words.addAll(List.of(line).subList(2, line.length));
      Rwkvx run = Rwkvx.run(words.toArray());
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err()).contains(line[0]).hasLineCount(1);
    }
    assertThat(folder.resolve("fla")).doesNotExist();
  }

  @Test
  void keepsTypesByDefault() {
    float[] values = {1.5f, -0.0f, Float.NaN, Float.POSITIVE_INFINITY, 1e-42f};
    Checkpoints.write(in, values, new long[] {Long.MIN_VALUE, 7});
    assertThat(convert()).isEqualTo(new Result(0, ""));
    try (Checkpoint written = Checkpoint.open(out)) {
      assertThat(written.names()).containsExactly("values", "integers");
      assertThat(written.type("integers")).isEqualTo(DType.I64);
      assertThat(written.tensor("values").toFloats()).containsExactly(values);
    }
  }

  @Test
  void roundsToNearestEvenAndKeepsIntegers() {
    // 1 + 2^-8 lies half way between two bf16 numbers, 1 + 3·2^-8 half way between the next two.
    float[] values = {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, -1 - 0x1p-8f, 1 + 0x1.8p-8f};
    Checkpoints.write(in, values, new long[] {1L << 60});
    assertThat(convert("--type", "bf16")).isEqualTo(new Result(0, ""));
    try (Checkpoint written = Checkpoint.open(out)) {
      assertThat(written.type("values")).isEqualTo(DType.BF16);
      assertThat(written.type("integers")).isEqualTo(DType.I64);
      assertThat(written.tensor("values").toFloats())
          .containsExactly(1, 1 + 4 * 0x1p-8f, -1, 1 + 2 * 0x1p-8f);
    }
  }

  @Test
  void convertsTensorsThatAreLargerThanOnePiece() {
    Random random = new Random(7);
    float[] values = new float[(1 << 21) + 3];
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
      rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
    }
    Checkpoints.write(in, values, new long[0]);
    assertThat(convert("--type", "f16")).isEqualTo(new Result(0, ""));
    try (Checkpoint written = Checkpoint.open(out)) {
      assertThat(written.tensor("values").toFloats()).isEqualTo(rounded);
    }
  }

  @Test
  void writesTheModelsSettingsAndKeepsOtherMetadata() {
    Checkpoints.writeHybrid(in, Map.of("note", "kept", "rwkvx.top_k", "9"));
    assertThat(convert("--chunk-size", "64", "--top-k", "4", "--vocab", "byte").exitCode())
        .isZero();
    try (Checkpoint written = Checkpoint.open(out)) {
      assertThat(written.metadata())
          .isEqualTo(
              Map.of(
                  "note", "kept",
                  "rwkvx.chunk_size", "64",
                  "rwkvx.top_k", "4",
                  "rwkvx.vocabulary", "byte"));
    }
  }

  @Test
  void writesTorchFiles() throws IOException {
    Checkpoints.writeHybrid(in, Map.of("rwkvx.chunk_size", "64", "rwkvx.top_k", "4"));
    out = folder.resolve("out.pth");
    Result result = convert("--type", "f32");
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("--chunk-size 64, --top-k 4").hasLineCount(1);
    try (Checkpoint read = Checkpoint.open(in);
        Checkpoint written = Checkpoint.open(out)) {
      assertThat(written.format()).isEqualTo("torch zip");
      assertThat(written.names()).containsExactlyElementsOf(read.names());
      assertThat(written.type("moba.0.ln1.weight")).isEqualTo(DType.F32);
      assertThat(written.metadata()).isEmpty();
    }
    Files.delete(out);
    assertRefused("quantised weights", "--type", "q8");
  }

  @Test
  void f16RefusesWhatItCannotHold() throws IOException {
    Checkpoints.write(in, new float[] {1, 70000}, new long[0]);
    assertRefused("70000", "--type", "f16");
    Checkpoints.write(in, new float[] {65519, Float.NEGATIVE_INFINITY}, new long[0]);
    assertThat(convert("--type", "f16").exitCode()).isZero();
  }

  @Test
  void refusesToOverwriteItsInput() throws IOException {
    Checkpoints.write(in, new float[] {1}, new long[0]);
    byte[] before = Files.readAllBytes(in);
    Files.createSymbolicLink(out, in);
    for (Path same : new Path[] {in, out, folder.resolve("./in.safetensors")}) {
      Rwkvx run = Rwkvx.run("convert", in, same);
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err()).contains("part of the input");
    }
    assertThat(Files.readAllBytes(in)).isEqualTo(before);
  }

  @Test
  void refusesBadOptionsAndOutputs() throws IOException {
    Checkpoints.write(in, new float[] {1}, new long[0]);
    assertRefused("--chunk-size is 0", "--chunk-size", "0");
    assertRefused("--top-k is -1", "--top-k", "-1");
    assertThat(Rwkvx.run("convert", in, folder.resolve("out.bin")).err()).contains("*.safetensors");
    assertThat(Rwkvx.run("convert", in, folder.resolve("no/out.safetensors")).err())
        .contains("folder does not exist");
    out = Files.createDirectory(folder.resolve("folder.safetensors"));
    assertThat(Rwkvx.run("convert", in, out).err()).contains("is a folder; expected a file");
  }

  @Test
  void aBrokenInputLeavesNothingBehind() throws IOException {
    Files.writeString(in, "not a checkpoint");
    assertRefused(in.toString());
  }

  private void assertRefused(String reason, Object... options) throws IOException {
    Result result = convert(options);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("rwkvx convert: ").contains(reason).hasLineCount(1);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(in);
    }
  }

  private Result convert(Object... options) {
    Object[] arguments = new Object[options.length + 3];
    arguments[0] = "convert";
    arguments[1] = in;
    arguments[2] = out;
    System.arraycopy(options, 0, arguments, 3, options.length);
    Rwkvx run = Rwkvx.run(arguments);
    return new Result(run.exitCode(), run.err());
  }

  private record Result(int exitCode, String err) {}
}
