package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.SharedFiles;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.LazyCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.generate.ModelVocabulary;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion.Target;
import dev.rwkvx.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufConversionTest {
  private static final Config CONFIG = new Config(256, 96, 32, 3, 0, 24, 2);

  @TempDir private Path folder;

  private Path gguf(Checkpoint in, Target target) {
    return gguf(in, "out.gguf", target, Vocabulary.bytes());
  }

  private Path gguf(Checkpoint in, String name, Target target, Vocabulary vocabulary) {
    Path out = folder.resolve(name);
    GgufConversion.run(in, out, target, vocabulary::tokens);
    return out;
  }

  private Path safetensors(Checkpoint in, Target target) {
    Path out = folder.resolve("out.safetensors");
    Conversion.run(in, out, target, Map.of());
    return out;
  }

  private static Checkpoint random(WeightType type) {
    return RandomModel.create(CONFIG, type, 1);
  }

  private static float[] logits(Path file) {
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      int[] tokens = new SplittableRandom(3).ints(40, 0, CONFIG.vocabulary()).toArray();
      return Golden.run(model, tokens, tokens.length);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"F32", "BF16", "F16"})
  void floatsComeBackBitForBit(WeightType type) {
    sameTensors(random(type), new Target.Same());
  }

  @Test
  void aTrainedModelComesBackBitForBit() {
    try (Checkpoint tiny = Checkpoint.open(SharedFiles.path("models/tiny-rwkv7/model.pth"))) {
      sameTensors(tiny, new Target.Floating(DType.F32));
    }
  }

  /** All tensors but the unused ones of the first block, through GGUF to safetensors. */
  private void sameTensors(Checkpoint in, Target target) {
    Path out;
    try (Checkpoint written = Checkpoint.open(gguf(in, target))) {
      out = safetensors(written, new Target.Same());
    }
    try (Checkpoint back = Checkpoint.open(out)) {
      for (String name : in.names()) {
        if (name.matches("blocks\\.0\\.att\\.v[012]")) {
          assertThat(back.contains(name)).isFalse();
          continue;
        }
        Tensor before = in.tensor(name);
        Tensor after = back.tensor(name);
        assertThat(after.shape()).as(name).isEqualTo(before.shape());
        assertThat(after.toFloats()).as(name).isEqualTo(before.toFloats());
      }
      assertThat(back.metadata()).containsEntry("rwkvx.vocabulary", "byte");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightType.class,
      names = {"Q8", "Q4"})
  void quantisedModelsHaveTheSameLogitsInBothFormats(WeightType type) {
    Target target = new Target.Quantized(type, WeightType.Q8);
    float[] expected = logits(safetensors(random(WeightType.F16), target));
    Path direct = gguf(random(WeightType.F16), target);
    assertThat(logits(direct)).isEqualTo(expected);
    try (Checkpoint packed = Checkpoint.open(folder.resolve("out.safetensors"))) {
      assertThat(logits(gguf(packed, "again.gguf", new Target.Same(), Vocabulary.bytes())))
          .isEqualTo(expected);
    }
    try (Checkpoint written = Checkpoint.open(direct)) {
      assertThat(written.type("blocks.1.ffn.value.weight"))
          .isEqualTo(type == WeightType.Q8 ? DType.Q8_0 : DType.Q4_1);
      assertThat(written.type("blocks.1.att.w1")).isEqualTo(DType.F32);
      // Codes that are there already are not rounded again.
      assertThat(logits(safetensors(written, target))).isEqualTo(expected);
    }
  }

  @Test
  void filesOfOthersAreCopiedBlockByBlock() {
    Path golden = Golden.resource("/golden/gguf/gold-Q4_K_M.gguf");
    try (Checkpoint in = Checkpoint.open(golden)) {
      Vocabulary vocabulary = ModelVocabulary.find(in).orElseThrow();
      try (Checkpoint out = Checkpoint.open(gguf(in, "copy.gguf", new Target.Same(), vocabulary))) {
        assertThat(out.names()).containsExactlyInAnyOrderElementsOf(in.names());
        for (String name : in.names()) {
          Tensor tensor = in.tensor(name);
          boolean same = tensor.type() == out.type(name);
          assertThat(same || out.type(name) == DType.F32).as(name).isTrue();
          assertThat(out.tensor(name).toFloats()).as(name).isEqualTo(tensor.toFloats());
        }
        assertThat(out.metadata()).isEqualTo(in.metadata());
        assertThat(ModelVocabulary.find(out).orElseThrow().toText()).isEqualTo(vocabulary.toText());
      }
    }
  }

  @Test
  void codesBecomeFloatsWhereTheseAreWanted() {
    Path packed =
        safetensors(random(WeightType.F16), new Target.Quantized(WeightType.Q4, WeightType.Q8));
    float[] expected = logits(packed);
    Path file = folder.resolve("floats.safetensors");
    try (Checkpoint in = Checkpoint.open(packed)) {
      Conversion.run(in, file, new Target.Floating(DType.F32), Map.of());
    }
    try (Checkpoint floats = Checkpoint.open(file)) {
      assertThat(floats.type("blocks.0.att.key.weight")).isEqualTo(DType.F32);
      assertThat(PackedTensor.of(floats, "blocks.0.att.key.weight")).isEmpty();
    }
    assertThat(Golden.largestDifference(logits(file), expected)).isLessThan(1e-4f);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sparseBlocksAreRefused(boolean quantized) {
    Checkpoint hybrid = RandomModel.create(new Config(256, 96, 32, 4, 2, 24, 2), WeightType.F32, 1);
    Target target =
        quantized ? new Target.Quantized(WeightType.Q8, WeightType.F16) : new Target.Same();
    refused(hybrid, target, "is an RWKV-X with 2 sparse-attention blocks, which no program");
  }

  @Test
  void whatGgufHasNoPlaceForIsRefused() {
    LazyCheckpoint more = new LazyCheckpoint(Path.of("more"), Map.of());
    Checkpoint model = random(WeightType.F32);
    for (String name : model.names()) {
      more.add(
          new TensorHeader(name, model.type(name), model.shape(name)), () -> model.tensor(name));
    }
    String adapter = "blocks.0.att.key.weight.lora_A";
    more.add(
        new TensorHeader(adapter, DType.F32, new long[] {1, 96}),
        () -> Tensor.of(adapter, DType.F32, new long[] {1, 96}, new float[96]));
    refused(
        more, new Target.Same(), "has the tensor '" + adapter + "', for which GGUF has no place");
    Vocabulary large = Vocabulary.of("large", tokens(300));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> gguf(model, "x.gguf", new Target.Same(), large))
        .withMessage(
            "The vocabulary has 301 ids, the model 256; expected no more than the model has");
  }

  private static List<byte[]> tokens(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new byte[] {(byte) i, (byte) (i >> 8), 'x'})
        .toList();
  }

  private void refused(Checkpoint in, Target target, String sentence) {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> gguf(in, target))
        .withMessageContaining(sentence);
    assertThat(folder).isEmptyDirectory();
  }
}
