package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.Hostile;
import dev.rwkvx.InputException;
import dev.rwkvx.io.ByteSource;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Damaged files either open or are refused in one sentence that names them, and cost no more memory
 * than their size and a constant.
 */
final class MutationTest {
  private static final int MUTATIONS = Hostile.times(12_000);
  private static final long HEAP_ALLOWANCE = 4 << 20;
  private static final long COPY_ALLOWANCE = 1 << 20;

  @Test
  void zip() {
    survives(Golden.bytes("variants.pth"), UnaryOperator.identity());
  }

  @Test
  void zip64() {
    ZipBytes zip = new ZipBytes().zip64();
    entries("variants.pth").forEach(zip::add);
    survives(zip.finish(), UnaryOperator.identity());
  }

  @Test
  void pickleInsideZip() {
    for (String file : new String[] {"variants.pth", "nested.pth"}) {
      SequencedMap<String, byte[]> entries = entries(file);
      String pickle = entries.firstEntry().getKey();
      survives(
          entries.get(pickle),
          mutated -> {
            ZipBytes zip = new ZipBytes();
            entries.forEach((name, bytes) -> zip.add(name, name.equals(pickle) ? mutated : bytes));
            return zip.finish();
          });
    }
  }

  @Test
  void legacy() {
    survives(Golden.bytes("legacy.pth"), UnaryOperator.identity());
  }

  @Test
  void safetensors() {
    survives(Golden.bytes("expected.safetensors"), UnaryOperator.identity());
  }

  @Test
  void safetensorsHeader() {
    byte[] file = Golden.bytes("expected.safetensors");
    ByteSource source = Golden.source("golden", file);
    int length = (int) source.signedLong(0);
    byte[] data = source.array(8 + length, file.length - 8 - length);
    survives(
        source.array(8, length),
        mutated -> new Bytes().u64(mutated.length).raw(mutated).raw(data).toArray());
  }

  @Test
  void index() {
    byte[] shard = Golden.bytes("expected.safetensors");
    StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1704},\"weight_map\":{");
    Golden.read(shard)
        .layouts()
        .keySet()
        .forEach(name -> map.append("\"%s\": \"shard-1.safetensors\",\n".formatted(name)));
    map.setLength(map.length() - 2);
    byte[] index = map.append("}}").toString().getBytes(StandardCharsets.UTF_8);
    Map<String, byte[]> shards = Map.of("shard-1.safetensors", shard);
    survives(index, UnaryOperator.identity(), shards);
  }

  @Test
  void namesOfHuggingFace() {
    byte[] header = FlaBytes.header(FlaBytes.names());
    survives(header, FlaBytes::withData);
  }

  @Test
  void configOfHuggingFace() {
    byte[] file = FlaBytes.withData(FlaBytes.header(FlaBytes.names()));
    assertThat(Golden.read(file, Map.of("config.json", FlaBytes.config())).layouts())
        .containsKey("blocks.1.att.v2");
    survives(FlaBytes.config(), config -> file, config -> Map.of("config.json", config));
  }

  @Test
  void indexOfHuggingFace() {
    List<String> names = FlaBytes.names();
    int half = names.size() / 2;
    Map<String, byte[]> shards =
        Map.of(
            "shard-1.safetensors",
            FlaBytes.withData(FlaBytes.header(names.subList(0, half))),
            "shard-2.safetensors",
            FlaBytes.withData(FlaBytes.header(names.subList(half, names.size()))));
    survives(FlaBytes.index(names, half), UnaryOperator.identity(), shards);
  }

  @Test
  void gguf() {
    GgufBytes file = new GgufBytes().text("general.architecture", "rwkv7");
    file.u32("rwkv7.block_count", 1).u32("rwkv7.wkv.head_size", 4).u32("split.count", 1);
    file.text("general.name", "n").f32("rwkv7.attention.layer_norm_epsilon", 1e-5f);
    file.text("tokenizer.ggml.model", "rwkv");
    file.texts("tokenizer.ggml.tokens", "<s>", "\\n", "a'b", "\\xff").u32("general.alignment", 32);
    file.wholes("tokenizer.ggml.token_type", 3, 1, 1, 4);
    // Types by their numbers: F32, Q8_0, Q4_K, F16.
    file.tensor("token_embd.weight", 12, 0, 256, 2).tensor("output.weight", 8, 288, 32, 2);
    file.tensor("blk.0.attn_norm.weight", 0, 384, 8)
        .tensor("blk.0.time_mix_a1.weight", 1, 416, 8, 2);
    file.tensor("blk.0.time_mix_g2.weight", 8, 448, 32, 2)
        .tensor("blk.0.time_mix_r_k.weight", 0, 544, 8);
    file.tensor("blk.0.time_mix_lerp_fused.weight", 0, 576, 4, 1, 1, 6).data(672);
    survives(file.toArray(), UnaryOperator.identity());
  }

  private static SequencedMap<String, byte[]> entries(String file) {
    byte[] bytes = Golden.bytes(file);
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    ZipDirectory.read(Golden.source(file, bytes))
        .forEach((name, entry) -> entries.put(name, entry.bytes().toArray(ValueLayout.JAVA_BYTE)));
    return entries;
  }

  private static void survives(byte[] original, UnaryOperator<byte[]> wrap) {
    survives(original, wrap, Map.of());
  }

  private static void survives(
      byte[] original, UnaryOperator<byte[]> wrap, Map<String, byte[]> others) {
    survives(original, wrap, _ -> others);
  }

  /** Mutates an original, which becomes the file, or one beside it. */
  private static void survives(
      byte[] original, UnaryOperator<byte[]> wrap, Function<byte[], Map<String, byte[]>> others) {
    assertThat(Golden.read(wrap.apply(original), others.apply(original)).layouts()).isNotEmpty();
    Mutator mutator = new Mutator(20_250_731);
    int opened = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = mutator.mutate(original);
      byte[] file = wrap.apply(mutated);
      Map<String, byte[]> shards = others.apply(mutated);
      long shardBytes = shards.values().stream().mapToLong(shard -> shard.length).sum();
      if (opens(file, shards, file.length + shardBytes)) {
        opened++;
      }
    }
    // Mutations that always hit, or never, would prove nothing.
    assertThat(opened).isBetween(MUTATIONS / 1000, MUTATIONS * 99 / 100);
  }

  private static boolean opens(byte[] file, Map<String, byte[]> shards, long size) {
    long before = allocated();
    try {
      StoredTensors stored = Golden.read(file, shards);
      readAll(stored, size);
      return true;
    } catch (InputException e) {
      assertThat(e.getMessage()).containsAnyOf("test file", "shard");
      return false;
    } finally {
      assertThat(allocated() - before).isLessThan(size + HEAP_ALLOWANCE);
    }
  }

  private static void readAll(StoredTensors stored, long size) {
    long copied = 0;
    for (String name : stored.layouts().sequencedKeySet()) {
      TensorLayout layout = stored.layouts().get(name);
      Tensor tensor = Golden.tensor(stored, name);
      if (tensor.type().isFloating() || tensor.type().isQuantized()) {
        assertThat(tensor.toFloats()).hasSize((int) tensor.elements());
      }
      if (!layout.isContiguous()) {
        copied += tensor.data().byteSize();
      }
    }
    assertThat(copied).isLessThanOrEqualTo(size + COPY_ALLOWANCE);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }
}
