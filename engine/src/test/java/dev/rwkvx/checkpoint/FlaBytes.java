package dev.rwkvx.checkpoint;

import static java.util.stream.Collectors.joining;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A model of two blocks and four channels under the names of FLA, all of it zeros. */
final class FlaBytes {
  private static final int WIDTH = 4;
  private static final int DATA = 16 * WIDTH * WIDTH * 2;

  private FlaBytes() {}

  static List<String> names() {
    return NameConvention.fla().places(2).map(NameConvention.Place::theirs).toList();
  }

  /** The header of a safetensors file. */
  static byte[] header(List<String> names) {
    StringBuilder header = new StringBuilder("{");
    int at = 0;
    for (String name : names) {
      long[] shape = shape(name);
      int end = at + (int) Shapes.elements(shape) * 2;
      header.append(
          "\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]},"
              .formatted(name, Arrays.toString(shape), at, end));
      at = end;
    }
    header.setCharAt(header.length() - 1, '}');
    return header.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Matrices where names tell of them, vectors otherwise; the mutations see to other shapes. */
  private static long[] shape(String name) {
    if (name.endsWith("x_x")) {
      return new long[] {6, WIDTH};
    }
    boolean matrix =
        name.matches(".*(embeddings|proj|key|value|head|lora\\.[02])\\.weight")
            || name.endsWith("r_k");
    return matrix ? new long[] {WIDTH, WIDTH} : new long[] {WIDTH};
  }

  static byte[] withData(byte[] header) {
    return new Bytes().u64(header.length).raw(header).raw(new byte[DATA * 4]).toArray();
  }

  static byte[] index(List<String> names, int half) {
    String files =
        names.stream()
            .map(n -> "\"%s\": \"shard-%d.safetensors\"".formatted(n, names.indexOf(n) / half + 1))
            .collect(joining(",\n"));
    return ("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {" + files + "}}")
        .replace("shard-3", "shard-2")
        .getBytes(StandardCharsets.UTF_8);
  }

  static byte[] config() {
    return """
    {"architectures": ["RWKV7ForCausalLM"], "attn": null, "hidden_act": "sqrelu",
     "norm_eps": 1e-05, "num_heads": 32, "num_hidden_layers": 2, "tie_word_embeddings": false,
     "value_dim": [4, 4]}
    """
        .getBytes(StandardCharsets.UTF_8);
  }
}
