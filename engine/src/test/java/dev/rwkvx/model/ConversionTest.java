package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.MemoryCheckpoint;
import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Conversion.Target;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Converted models compute with exactly the rounded weights. */
class ConversionTest {
  private static final Config CONFIG = new Config(90, 96, 32, 4, 2, 24, 2);

  @TempDir private Path folder;

  private Path convert(Checkpoint in, String name, Target target) {
    Path out = folder.resolve(name);
    Conversion.run(in, out, target, Map.of());
    return out;
  }

  private Path convert(Path in, String name, Target target) {
    try (Checkpoint checkpoint = Checkpoint.open(in)) {
      return convert(checkpoint, name, target);
    }
  }

  private static float[] logits(Path file) {
    try (RwkvX model = RwkvX.open(file, ModelOptions.defaults())) {
      int[] tokens = new SplittableRandom(3).ints(80, 0, CONFIG.vocabulary()).toArray();
      return Golden.run(model, tokens, tokens.length);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BF16", "F16"})
  void sixteenBitModelsEqualTheFloatModelWithRoundedWeights(DType type) {
    Checkpoint random = RandomModel.create(CONFIG, WeightType.F32, 1);
    Path narrow = convert(random, "narrow.safetensors", new Target.Floating(type));
    Path widened = convert(narrow, "wide.safetensors", new Target.Floating(DType.F32));
    assertThat(logits(narrow)).isEqualTo(logits(widened));
  }

  @Test
  void goldenModelsAgreeInSixteenBits() {
    for (DType type : new DType[] {DType.BF16, DType.F16}) {
      Path narrow = convert(Golden.RWKV_X.model(), "g.safetensors", new Target.Floating(type));
      Path widened = convert(narrow, "w.safetensors", new Target.Floating(DType.F32));
      int[] tokens = Golden.RWKV_X.tokens(97);
      try (RwkvX a = RwkvX.open(narrow, Golden.RWKV_X.options());
          RwkvX b = RwkvX.open(widened, Golden.RWKV_X.options())) {
        assertThat(Golden.run(a, tokens, 31)).isEqualTo(Golden.run(b, tokens, 97));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"Q8,0.02", "Q4,0.25"})
  void quantisedModelsStayClose(WeightType type, double tolerance) throws IOException {
    Checkpoint random = RandomModel.create(CONFIG, WeightType.F32, 1);
    Path exact = convert(random, "exact.safetensors", new Target.Same());
    Path quantized =
        convert(random, "quantised.safetensors", new Target.Quantized(type, WeightType.F16));
    float[] expected = logits(exact);
    float[] actual = logits(quantized);
    double squares = 0;
    double errors = 0;
    for (int i = 0; i < expected.length; i++) {
      squares += (double) expected[i] * expected[i];
      errors += Math.pow(actual[i] - expected[i], 2);
    }
    assertThat(Math.sqrt(errors / squares)).isBetween(1e-5, tolerance);
    assertThat(Files.size(quantized)).isLessThan(Files.size(exact) / 2);
  }

  @Test
  void quantisedFilesSayWhatTheyHold() {
    Checkpoint random = RandomModel.create(CONFIG, WeightType.BF16, 1);
    Path file =
        convert(random, "q.safetensors", new Target.Quantized(WeightType.Q4, WeightType.Q8));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(PackedTensor.of(checkpoint, "moba.0.att.key.weight"))
          .contains(new PackedTensor(WeightType.Q4, 96, 96));
      assertThat(PackedTensor.of(checkpoint, "rwkv.head.weight"))
          .contains(new PackedTensor(WeightType.Q8, 90, 96));
      assertThat(PackedTensor.of(checkpoint, "rwkv.emb.weight")).isEmpty();
      assertThat(checkpoint.type("rwkv.emb.weight")).isEqualTo(DType.BF16);
    }
  }

  @Test
  void damagedPackedTensorsAreRefused() {
    Checkpoint random = RandomModel.create(CONFIG, WeightType.F32, 1);
    Target target = new Target.Quantized(WeightType.Q8, WeightType.F16);
    String name = "rwkv.blocks.0.att.key.weight";
    for (String value : new String[] {"q8 96", "q9 96 96", "q8 64 96", "q8 96 128", "q4 96 96"}) {
      Path file = folder.resolve("bad.safetensors");
      Conversion.run(random, file, target, Map.of());
      Map<String, String> wrong = Map.of(PackedTensor.key(name), value);
      Path edited = folder.resolve("edited.safetensors");
      try (Checkpoint in = Checkpoint.open(file)) {
        Conversion.run(in, edited, new Target.Same(), wrong);
      }
      assertThatExceptionOfType(InputException.class)
          .as(value)
          .isThrownBy(() -> RwkvX.open(edited, ModelOptions.defaults()))
          .withMessageContaining(edited.toString())
          .withMessageContaining(name);
    }
  }

  @Test
  void valuesThatDoNotFitAreRefusedAndNothingIsWritten() {
    Checkpoint random = RandomModel.create(CONFIG, WeightType.F32, 1);
    String name = "rwkv.blocks.1.ffn.key.weight";
    Checkpoint huge = with(random, name, 1e6f);
    Path out = folder.resolve("out.safetensors");
    for (Target target :
        new Target[] {
          new Target.Floating(DType.F16), new Target.Quantized(WeightType.Q8, WeightType.F16)
        }) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> Conversion.run(huge, out, target, Map.of()))
          .withMessageContaining(name)
          .withMessageContaining("1000000");
      assertThat(folder.toFile().list()).isEmpty();
    }
  }

  /** A copy in which the first element of one tensor is replaced. */
  private static Checkpoint with(Checkpoint model, String name, float value) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (String each : model.names()) {
      tensors.put(each, model.tensor(each));
    }
    Tensor old = model.tensor(name);
    MemorySegment data = Arena.ofAuto().allocate(old.data().byteSize(), 64).copyFrom(old.data());
    data.set(ValueLayout.JAVA_FLOAT, 0, value);
    tensors.put(name, Tensor.of(name, DType.F32, old.shape(), data));
    return new MemoryCheckpoint("edited", tensors, model.metadata());
  }
}
