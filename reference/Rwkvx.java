// JAVA 25+
import static java.lang.Math.exp;
import static java.lang.Math.max;
import static java.lang.Math.sqrt;
import static java.lang.Math.tanh;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * RWKV-7 (arXiv 2503.14456) and RWKV-X (arXiv 2504.21463) in one file, for those who want to
 * understand them: one token at a time, one number at a time, in the letters of the papers. It is
 * slow, and gives the numbers that the engine gives to within rounding.
 *
 * <pre>
 *   java reference/Rwkvx.java MODEL.safetensors "Once upon a time" [TOKENS]
 * </pre>
 *
 * The vocabulary is vocab.txt beside the model, in the World format, or else one token per byte.
 */
public final class Rwkvx {
  // V tokens, C channels in H heads of N; L RWKV-7 blocks, M sparse blocks.
  final int V, C, H, N, L, M;

  // A sparse block attends to topK chunks of B tokens; its keys are convolved over W tokens.
  final int B, topK, W;

  final Map<String, float[]> weights = new HashMap<>();
  final Map<String, int[]> shapes = new HashMap<>();
  final String rwkv;

  /** All that changes while a text is read. */
  static final class State {
    /** x of the token before, of each mix. */
    final Map<String, float[]> shift = new HashMap<>();

    /** S of each RWKV-7 block: H matrices of N rows (values) and N columns (keys). */
    final Map<String, float[][][]> S = new HashMap<>();

    /** Keys before the convolution, keys and values of each sparse block. */
    final Map<String, List<float[]>> u = new HashMap<>(), k = new HashMap<>(), v = new HashMap<>();

    /** The values of block 0, which later blocks mix into theirs. */
    float[] vFirst;
  }

  // --- the stack -----------------------------------------------------------------------------

  /** Reads a token and returns the logits of the next one. */
  float[] forward(int token, State s) {
    float[] row = Arrays.copyOfRange(w(rwkv + "emb.weight"), token * C, (token + 1) * C);
    float[] x = layerNorm(row, rwkv + "blocks.0.ln0");
    int step = M == 0 ? L : L / M;
    for (int i = 0; i < step * max(1, M); i++) {
      String block = rwkv + "blocks." + i + ".";
      add(x, timeMix(i, layerNorm(x, block + "ln1"), block + "att.", s));
      add(x, channelMix(layerNorm(x, block + "ln2"), block + "ffn.", s));
      // After every L/M RWKV-7 blocks comes a sparse one.
      if (M > 0 && (i + 1) % step == 0) {
        block = "moba." + i / step + ".";
        add(x, sparseAttention(layerNorm(x, block + "ln1"), block + "att.", s));
        add(x, channelMix(layerNorm(x, block + "ln2"), block + "ffn.", s));
      }
    }
    return linear(rwkv + "head.weight", layerNorm(x, rwkv + "ln_out"));
  }

  // --- the RWKV-7 time mix -------------------------------------------------------------------

  float[] timeMix(int i, float[] x, String att, State s) {
    // 1. token shift: every input is a mix of this token's x and of the one before
    float[] before = s.shift.getOrDefault(att, new float[C]);
    s.shift.put(att, x);
    float[] xr = mix(x, before, att + "x_r"), xw = mix(x, before, att + "x_w");
    float[] xk = mix(x, before, att + "x_k"), xv = mix(x, before, att + "x_v");
    float[] xa = mix(x, before, att + "x_a"), xg = mix(x, before, att + "x_g");

    // 2. receptance, key, value
    float[] r = linear(att + "receptance.weight", xr);
    float[] k = linear(att + "key.weight", xk);
    float[] v = linear(att + "value.weight", xv);

    // 3. decay w = exp(−e^{−1/2} σ(w0 + tanh(xw w1) w2)), in-context learning rate a, gate g
    float[] hidden = lowRank(xw, att + "w1");
    for (int j = 0; j < hidden.length; j++) hidden[j] = (float) tanh(hidden[j]);
    float[] w = lowRank(hidden, att + "w2"), a = lowRank(lowRank(xa, att + "a1"), att + "a2");
    float[] gHidden = lowRank(xg, att + "g1");
    for (int j = 0; j < gHidden.length; j++) gHidden[j] = sigmoid(gHidden[j]);
    float[] g = lowRank(gHidden, att + "g2");
    for (int c = 0; c < C; c++) {
      w[c] = (float) exp(-exp(-0.5) * sigmoid(w(att + "w0")[c] + w[c]));
      a[c] = sigmoid(w(att + "a0")[c] + a[c]);
    }

    // 4. value residual: v ← v + (v_first − v) σ(v0 + xv v1 v2)
    if (i == 0) {
      s.vFirst = v.clone();
    } else {
      float[] share = lowRank(lowRank(xv, att + "v1"), att + "v2");
      for (int c = 0; c < C; c++) {
        v[c] += (s.vFirst[c] - v[c]) * sigmoid(w(att + "v0")[c] + share[c]);
      }
    }

    float[] y = new float[C];
    float[][][] S = s.S.computeIfAbsent(att, _ -> new float[H][N][N]);
    for (int h = 0; h < H; h++) {
      int o = h * N;
      // 5. κ = k·k_k / ‖k·k_k‖, k ← k (1 + (a − 1) k_a)
      float[] kappa = new float[N];
      double norm = 0;
      for (int n = 0; n < N; n++) {
        kappa[n] = k[o + n] * w(att + "k_k")[o + n];
        norm += kappa[n] * kappa[n];
        k[o + n] *= 1 + (a[o + n] - 1) * w(att + "k_a")[o + n];
      }
      for (int n = 0; n < N; n++) kappa[n] /= (float) max(sqrt(norm), 1e-12);

      // 6. S ← S diag(w) − (S κ)(κ·a)ᵀ + v kᵀ, y = S r
      for (int row = 0; row < N; row++) {
        float[] Srow = S[h][row];
        float sa = 0, out = 0;
        for (int n = 0; n < N; n++) sa += Srow[n] * kappa[n];
        for (int n = 0; n < N; n++) {
          Srow[n] = Srow[n] * w[o + n] - sa * kappa[n] * a[o + n] + v[o + row] * k[o + n];
          out += Srow[n] * r[o + n];
        }
        y[o + row] = out;
      }

      // 7. group norm over the head, and the bonus (Σ r·k·r_k) v
      normalise(y, o, N, 64e-5, att + "ln_x");
      float bonus = 0;
      for (int n = o; n < o + N; n++) bonus += r[n] * k[n] * w(att + "r_k")[n];
      for (int n = o; n < o + N; n++) y[n] += bonus * v[n];
    }

    // 8. gate and output
    for (int c = 0; c < C; c++) y[c] *= g[c];
    return linear(att + "output.weight", y);
  }

  // --- the channel mix -----------------------------------------------------------------------

  /** V relu(K m_k(x))² */
  float[] channelMix(float[] x, String ffn, State s) {
    float[] before = s.shift.getOrDefault(ffn, new float[C]);
    s.shift.put(ffn, x);
    float[] hidden = linear(ffn + "key.weight", mix(x, before, ffn + "x_k"));
    for (int j = 0; j < hidden.length; j++) hidden[j] = max(hidden[j], 0) * max(hidden[j], 0);
    return linear(ffn + "value.weight", hidden);
  }

  // --- the sparse block's attention ----------------------------------------------------------

  float[] sparseAttention(float[] x, String att, State s) {
    List<float[]> us = s.u.computeIfAbsent(att, _ -> new ArrayList<>());
    List<float[]> ks = s.k.computeIfAbsent(att, _ -> new ArrayList<>());
    List<float[]> vs = s.v.computeIfAbsent(att, _ -> new ArrayList<>());

    // 1. query, key, value; no positions
    float[] q = linear(att + "receptance.weight", x);
    us.add(linear(att + "key.weight", x));
    vs.add(linear(att + "value.weight", x));
    int t = us.size() - 1;

    // 2. extension: k_t = u_t + SiLU(Σ c_j u_{t−j}), so that a key knows the tokens before its own
    float[] k = us.get(t).clone();
    for (int c = 0; c < C && W > 0; c++) {
      float z = 0;
      for (int j = 0; j < W && j <= t; j++) z += w(att + "key_conv")[j * C + c] * us.get(t - j)[c];
      k[c] += z * sigmoid(z);
    }
    ks.add(k);

    float[] y = new float[C];
    int own = t / B;
    for (int h = 0; h < H; h++) {
      int o = h * N;
      // 3. gate: the topK − 1 finished chunks with the highest q · mean(k), the earlier of equals
      double[] gate = new double[own];
      for (int u = 0; u < own * B; u++) gate[u / B] += dot(q, ks.get(u), o) / B;
      List<Integer> chosen =
          IntStream.range(0, own)
              .boxed()
              .sorted(Comparator.comparing((Integer chunk) -> -gate[chunk]))
              .limit(topK - 1)
              .toList();

      // 4. softmax(q kᵀ / √N) v over the chosen chunks and the own one, as far as it goes
      int[] seen =
          IntStream.rangeClosed(0, t).filter(u -> u / B == own || chosen.contains(u / B)).toArray();
      double[] score =
          IntStream.of(seen).mapToDouble(u -> dot(q, ks.get(u), o) / sqrt(N)).toArray();
      double highest = Arrays.stream(score).max().orElseThrow();
      double sum = 0;
      for (double each : score) sum += exp(each - highest);
      for (int i = 0; i < seen.length; i++) {
        double p = exp(score[i] - highest) / sum;
        for (int n = o; n < o + N; n++) y[n] += (float) (p * vs.get(seen[i])[n]);
      }
    }
    return linear(att + "output.weight", y);
  }

  // --- arithmetic ----------------------------------------------------------------------------

  float[] w(String name) {
    float[] values = weights.get(name);
    if (values == null) throw new IllegalArgumentException("the model has no tensor " + name);
    return values;
  }

  /** W x, W stored [out, in]. */
  float[] linear(String name, float[] x) {
    float[] W = w(name), y = new float[W.length / x.length];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) y[i] += W[i * x.length + j] * x[j];
    }
    return y;
  }

  /** x W, W stored [in, out]. */
  float[] lowRank(float[] x, String name) {
    float[] W = w(name), y = new float[W.length / x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y.length; j++) y[j] += x[i] * W[i * y.length + j];
    }
    return y;
  }

  /** m_c(x) = x + (before − x)·x_c */
  float[] mix(float[] x, float[] before, String name) {
    float[] y = new float[C];
    for (int c = 0; c < C; c++) y[c] = x[c] + (before[c] - x[c]) * w(name)[c];
    return y;
  }

  float[] layerNorm(float[] x, String name) {
    float[] y = x.clone();
    normalise(y, 0, C, 1e-5, name);
    return y;
  }

  void normalise(float[] x, int from, int n, double epsilon, String name) {
    double mean = 0, variance = 0;
    for (int i = from; i < from + n; i++) mean += x[i] / n;
    for (int i = from; i < from + n; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = from; i < from + n; i++) {
      double normal = (x[i] - mean) / sqrt(variance + epsilon);
      x[i] = (float) normal * w(name + ".weight")[i] + w(name + ".bias")[i];
    }
  }

  double dot(float[] a, float[] b, int from) {
    double sum = 0;
    for (int n = from; n < from + N; n++) sum += a[n] * b[n];
    return sum;
  }

  static void add(float[] x, float[] y) {
    for (int c = 0; c < x.length; c++) x[c] += y[c];
  }

  static float sigmoid(float x) {
    return (float) (1 / (1 + exp(-x)));
  }

  // --- files ---------------------------------------------------------------------------------

  /** A safetensors file: the length of a JSON header, the header, the numbers. */
  Rwkvx(Path file) throws IOException {
    Map<String, String> settings = new HashMap<>();
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      ByteBuffer all = in.getChannel().map(MapMode.READ_ONLY, 0, in.length());
      all.order(ByteOrder.LITTLE_ENDIAN);
      int header = (int) all.getLong(0);
      byte[] json = new byte[header];
      all.get(8, json);
      String text = new String(json, StandardCharsets.UTF_8);
      Matcher tensor =
          Pattern.compile(
                  "\"([^\"]+)\":\\{\"dtype\":\"(\\w+)\",\"shape\":\\[([\\d,]*)\\],"
                      + "\"data_offsets\":\\[(\\d+),(\\d+)\\]")
              .matcher(text.replaceAll("\\s+(?=[\\[\\]{}:,\"\\d])|(?<=[\\[\\]{}:,])\\s+", ""));
      while (tensor.find()) {
        int from = 8 + header + Integer.parseInt(tensor.group(4));
        int bytes = Integer.parseInt(tensor.group(5)) - Integer.parseInt(tensor.group(4));
        weights.put(tensor.group(1), numbers(all.slice(from, bytes), tensor.group(2)));
        shapes.put(
            tensor.group(1),
            Pattern.compile(",")
                .splitAsStream(tensor.group(3))
                .mapToInt(Integer::parseInt)
                .toArray());
      }
      Matcher setting = Pattern.compile("\"rwkvx\\.(\\w+)\"\\s*:\\s*\"(\\d+)\"").matcher(text);
      while (setting.find()) settings.put(setting.group(1), setting.group(2));
    }
    rwkv = weights.containsKey("rwkv.emb.weight") ? "rwkv." : "";
    C = w(rwkv + "ln_out.weight").length;
    V = w(rwkv + "emb.weight").length / C;
    H = shapes.get(rwkv + "blocks.0.att.r_k")[0];
    N = C / H;
    L = count(rwkv + "blocks.");
    M = count("moba.");
    B = Integer.parseInt(settings.getOrDefault("chunk_size", "2048"));
    topK = Integer.parseInt(settings.getOrDefault("top_k", "3"));
    W = weights.containsKey("moba.0.att.key_conv") ? w("moba.0.att.key_conv").length / C : 0;
  }

  static float[] numbers(ByteBuffer bytes, String type) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    boolean wide = type.equals("F32");
    float[] values = new float[bytes.capacity() / (wide ? 4 : 2)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case "F32" -> bytes.getFloat(4 * i);
            case "BF16" -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
            case "F16" -> Float.float16ToFloat(bytes.getShort(2 * i));
            default ->
                throw new IllegalArgumentException(
                    "tensors of type "
                        + type
                        + "; expected F32, BF16 or F16 (see 'rwkvx convert')");
          };
    }
    return values;
  }

  int count(String prefix) {
    return (int)
        IntStream.iterate(0, i -> weights.containsKey(prefix + i + ".ln1.weight"), i -> i + 1)
            .count();
  }

  // --- text ----------------------------------------------------------------------------------

  /** Lines "id 'literal' length"; token i stands at i. */
  static byte[][] vocabulary(Path file, int size) throws IOException {
    byte[][] tokens = new byte[size][0];
    if (!Files.exists(file)) {
      for (int i = 0; i < Math.min(size, 256); i++) tokens[i] = new byte[] {(byte) i};
      return tokens;
    }
    for (String line : Files.readAllLines(file)) {
      String literal = line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '));
      boolean raw = literal.startsWith("b");
      String text = literal.substring(raw ? 2 : 1, literal.length() - 1);
      Matcher escape = Pattern.compile("\\\\(x(..)|u(....)|(.))", Pattern.DOTALL).matcher(text);
      String plain =
          escape.replaceAll(found -> {
            String code = found.group(2) != null ? found.group(2) : found.group(3);
            char c =
                code != null
                    ? (char) Integer.parseInt(code, 16)
                    : switch (found.group(4)) {
                      case "n" -> '\n';
                      case "t" -> '\t';
                      case "r" -> '\r';
                      default -> found.group(4).charAt(0);
                    };
            return Matcher.quoteReplacement(String.valueOf(c));
          });
      int id = Integer.parseInt(line.substring(0, line.indexOf(' ')));
      tokens[id] = plain.getBytes(raw ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }
    return tokens;
  }

  /** The longest token that fits, again and again. */
  static List<Integer> encode(byte[] text, byte[][] tokens) {
    List<Integer> ids = new ArrayList<>();
    for (int at = 0; at < text.length; at += tokens[ids.getLast()].length) {
      int best = -1;
      for (int id = 0; id < tokens.length; id++) {
        int n = tokens[id].length;
        if (n > 0
            && at + n <= text.length
            && (best < 0 || n > tokens[best].length)
            && Arrays.equals(text, at, at + n, tokens[id], 0, n)) {
          best = id;
        }
      }
      if (best < 0) throw new IllegalArgumentException("no token for byte " + text[at]);
      ids.add(best);
    }
    return ids;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2) {
      System.err.println("usage: java Rwkvx.java MODEL.safetensors PROMPT [TOKENS]");
      System.exit(2);
    }
    Path file = Path.of(arguments[0]);
    Rwkvx model = new Rwkvx(file);
    byte[][] tokens = vocabulary(file.resolveSibling("vocab.txt"), model.V);
    int most = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 30;
    State state = new State();
    float[] logits = new float[model.V];
    for (int token : encode(arguments[1].getBytes(StandardCharsets.UTF_8), tokens)) {
      logits = model.forward(token, state);
    }
    System.out.print(arguments[1]);
    for (int i = 0; i < most; i++) {
      int next = 0;
      for (int id = 1; id < logits.length; id++) if (logits[id] > logits[next]) next = id;
      if (next == 0) break;
      System.out.write(tokens[next]);
      System.out.flush();
      logits = model.forward(next, state);
    }
    System.out.println();
  }
}
