package dev.rwkvx.training;

import dev.rwkvx.model.Config;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** The equations of MODEL.md, one token and one number at a time, in float64. */
final class ReferenceModel {
  /** Parameters by name; may be changed between losses. */
  final Map<String, double[]> parameters = new LinkedHashMap<>();

  /** The same with adapters added to the matrices they stand beside; made for each loss. */
  private final Map<String, double[]> effective = new HashMap<>();

  private final Config config;
  private final OldStates oldStates;
  private final String prefix;
  private final int c;
  private final int n;
  private final double alpha;

  ReferenceModel(Parameters source, OldStates oldStates) {
    this.oldStates = oldStates;
    config = source.config();
    prefix = config.sparseBlocks() > 0 ? "rwkv." : "";
    c = config.embedding();
    n = config.headSize();
    alpha = Double.parseDouble(source.metadata().getOrDefault(Adapters.ALPHA_KEY, "0"));
    for (Parameters.Parameter parameter : source.all()) {
      float[] values = parameter.values();
      parameters.put(
          parameter.name(),
          IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray());
    }
  }

  /** Σ weight·ce / B·T + 1e-4 / B·T · Σ max(logits)² / 2. */
  double loss(TokenBatch batch, float[] weights) {
    parameters.forEach((name, values) -> effective.put(name, effective(name, values)));
    double loss = 0;
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      int from = sequence * batch.length();
      int[] tokens = Arrays.copyOfRange(batch.inputs(), from, from + batch.length());
      double[][] logits = logits(tokens, batch.resets()[sequence]);
      for (int t = 0; t < tokens.length; t++) {
        double max = Arrays.stream(logits[t]).max().orElseThrow();
        double sum = Arrays.stream(logits[t]).map(x -> Math.exp(x - max)).sum();
        double ce = Math.log(sum) + max - logits[t][batch.targets()[from + t]];
        loss += weights[from + t] * ce + 0.5e-4 * max * max;
      }
    }
    return loss / batch.tokens();
  }

  /** [T][V] */
  private double[][] logits(int[] tokens, Resets resets) {
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      double[] row = Arrays.copyOfRange(p("emb.weight"), tokens[t] * c, (tokens[t] + 1) * c);
      x[t] = norm(row, p("blocks.0.ln0.weight"), p("blocks.0.ln0.bias"), 1e-5);
    }
    double[][] first = new double[tokens.length][];
    for (Config.Slot slot : config.stack()) {
      String block =
          switch (slot) {
            case Config.Slot.Rwkv rwkv -> prefix + "blocks." + rwkv.index() + ".";
            case Config.Slot.Sparse sparse -> "moba." + sparse.index() + ".";
          };
      double[][] normal = norms(x, block + "ln1");
      switch (slot) {
        case Config.Slot.Rwkv rwkv ->
            add(x, timeMix(normal, block + "att.", rwkv.index(), first, resets));
        case Config.Slot.Sparse _ -> add(x, attention(normal, block + "att."));
      }
      add(x, channelMix(norms(x, block + "ln2"), block + "ffn."));
    }
    double[][] out = norms(x, prefix + "ln_out");
    return map(out, row -> linear(p("head.weight"), row));
  }

  private double[] p(String name) {
    return q(prefix + name);
  }

  private double[] q(String name) {
    return effective.get(name);
  }

  /** A tensor with its adapter, W + (alpha / rank)·B A. */
  private double[] effective(String name, double[] w) {
    double[] a = parameters.get(name + ".lora_A");
    double[] b = parameters.get(name + ".lora_B");
    if (a == null || b == null) {
      return w;
    }
    // out·in = |W|, rank·in = |A|, out·rank = |B|
    int rank = (int) Math.round(Math.sqrt((double) a.length * b.length / w.length));
    int inputs = a.length / rank;
    double[] sum = w.clone();
    for (int i = 0; i < w.length; i++) {
      for (int j = 0; j < rank; j++) {
        sum[i] += alpha / rank * b[i / inputs * rank + j] * a[j * inputs + i % inputs];
      }
    }
    return sum;
  }

  private double[][] timeMix(double[][] x, String att, int i, double[][] first, Resets resets) {
    int length = x.length;
    double[][] result = new double[length][];
    double[][][] s = start(i);
    for (int t = 0; t < length; t++) {
      double[] previous = t == 0 ? new double[c] : x[t - 1];
      double[] r = linear(q(att + "receptance.weight"), mix(x[t], previous, att + "x_r"));
      double[] k = linear(q(att + "key.weight"), mix(x[t], previous, att + "x_k"));
      double[] xv = mix(x[t], previous, att + "x_v");
      double[] v = linear(q(att + "value.weight"), xv);
      double[] w0 = q(att + "w0");
      double[] hidden = rowTimes(mix(x[t], previous, att + "x_w"), q(att + "w1"));
      double[] decay = rowTimes(map(hidden, Math::tanh), q(att + "w2"));
      double[] w = new double[c];
      double[] a =
          rowTimes(rowTimes(mix(x[t], previous, att + "x_a"), q(att + "a1")), q(att + "a2"));
      double[] g =
          rowTimes(
              map(
                  rowTimes(mix(x[t], previous, att + "x_g"), q(att + "g1")),
                  ReferenceModel::sigmoid),
              q(att + "g2"));
      double[] kappa = new double[c];
      for (int j = 0; j < c; j++) {
        w[j] = Math.exp(-Math.exp(-0.5) * sigmoid(w0[j] + decay[j]));
        a[j] = sigmoid(q(att + "a0")[j] + a[j]);
        kappa[j] = k[j] * q(att + "k_k")[j];
        k[j] *= 1 + (a[j] - 1) * q(att + "k_a")[j];
      }
      if (i == 0) {
        first[t] = v;
      } else {
        double[] share = rowTimes(rowTimes(xv, q(att + "v1")), q(att + "v2"));
        double[] mixed = new double[c];
        for (int j = 0; j < c; j++) {
          mixed[j] = v[j] + (first[t][j] - v[j]) * sigmoid(q(att + "v0")[j] + share[j]);
        }
        v = mixed;
      }
      double[] y = new double[c];
      for (int head = 0; head < config.heads(); head++) {
        int found = Arrays.binarySearch(resets.positions(), t);
        if (found >= 0) {
          int state = resets.states()[found];
          s[head] = state == 0 ? start(i)[head] : old(i, state, head);
        }
        head(s[head], head * n, r, w, k, v, kappa, a, y, att);
      }
      for (int j = 0; j < c; j++) {
        y[j] *= g[j];
      }
      result[t] = linear(q(att + "output.weight"), y);
    }
    return result;
  }

  /** A head's state [N][N] out of the old ones, which stand column by column. */
  private double[][] old(int i, int state, int head) {
    double[][] s = new double[n][n];
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < n; column++) {
        int at = (((state - 1) * config.heads() + head) * n + column) * n + row;
        s[row][column] = oldStates.ofBlock(i)[at];
      }
    }
    return s;
  }

  /** The states [H][N][N] of a new sequence. */
  private double[][][] start(int i) {
    double[][][] s = new double[config.heads()][n][n];
    double[] initial = parameters.get("blocks." + i + ".att.time_state");
    for (int at = 0; initial != null && at < initial.length; at++) {
      s[at / (n * n)][at / n % n][at % n] = initial[at];
    }
    return s;
  }

  private void head(
      double[][] s,
      int at,
      double[] r,
      double[] w,
      double[] k,
      double[] v,
      double[] kappa,
      double[] a,
      double[] y,
      String att) {
    double square = 0;
    double bonus = 0;
    for (int j = at; j < at + n; j++) {
      square += kappa[j] * kappa[j];
      bonus += r[j] * k[j] * q(att + "r_k")[j];
    }
    double length = Math.max(Math.sqrt(square), 1e-12);
    double[] out = new double[n];
    for (int i = 0; i < n; i++) {
      double removed = 0;
      for (int j = 0; j < n; j++) {
        removed += s[i][j] * kappa[at + j] / length;
      }
      for (int j = 0; j < n; j++) {
        s[i][j] =
            s[i][j] * w[at + j]
                - removed * kappa[at + j] / length * a[at + j]
                + v[at + i] * k[at + j];
        out[i] += s[i][j] * r[at + j];
      }
    }
    double[] weight = Arrays.copyOfRange(q(att + "ln_x.weight"), at, at + n);
    double[] bias = Arrays.copyOfRange(q(att + "ln_x.bias"), at, at + n);
    out = norm(out, weight, bias, 64e-5);
    for (int i = 0; i < n; i++) {
      y[at + i] = out[i] + bonus * v[at + i];
    }
  }

  private double[][] attention(double[][] x, String att) {
    double[][] q = map(x, row -> linear(q(att + "receptance.weight"), row));
    double[][] k = convolved(map(x, row -> linear(q(att + "key.weight"), row)), att);
    double[][] v = map(x, row -> linear(q(att + "value.weight"), row));
    double[][] y = new double[x.length][c];
    int size = config.chunkSize();
    for (int t = 0; t < x.length; t++) {
      for (int at = 0; at < c; at += n) {
        int own = t / size;
        double[] gates = new double[own];
        for (int chunk = 0; chunk < own; chunk++) {
          for (int u = chunk * size; u < (chunk + 1) * size; u++) {
            gates[chunk] += dot(q[t], k[u], at) / size;
          }
        }
        List<Integer> chosen =
            IntStream.range(0, own)
                .boxed()
                .sorted(Comparator.comparing(chunk -> -gates[chunk]))
                .limit(config.topK() - 1L)
                .toList();
        double sum = 0;
        double[] out = new double[n];
        for (int u = 0; u <= t; u++) {
          if (u / size == own || chosen.contains(u / size)) {
            double e = Math.exp(dot(q[t], k[u], at) / Math.sqrt(n));
            sum += e;
            for (int j = 0; j < n; j++) {
              out[j] += e * v[u][at + j];
            }
          }
        }
        for (int j = 0; j < n; j++) {
          y[t][at + j] = out[j] / sum;
        }
      }
    }
    return map(y, row -> linear(q(att + "output.weight"), row));
  }

  /** k_t = u_t + SiLU(Σ c_j ⊙ u_{t−j}) */
  private double[][] convolved(double[][] u, String att) {
    double[][] k = map(u, double[]::clone);
    for (int t = 0; t < u.length; t++) {
      for (int i = 0; i < c; i++) {
        double z = 0;
        for (int j = 0; j < Math.min(config.keyWidth(), t + 1); j++) {
          z += q(att + "key_conv")[j * c + i] * u[t - j][i];
        }
        k[t][i] += z * sigmoid(z);
      }
    }
    return k;
  }

  private double dot(double[] a, double[] b, int at) {
    double sum = 0;
    for (int j = at; j < at + n; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  private double[][] channelMix(double[][] x, String ffn) {
    double[][] result = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] mixed = mix(x[t], t == 0 ? new double[c] : x[t - 1], ffn + "x_k");
      double[] hidden = linear(q(ffn + "key.weight"), mixed);
      result[t] = linear(q(ffn + "value.weight"), map(hidden, u -> Math.pow(Math.max(u, 0), 2)));
    }
    return result;
  }

  // --- arithmetic ----------------------------------------------------------------------------

  private interface RowFunction {
    double[] apply(double[] row);
  }

  private static double[][] map(double[][] x, RowFunction function) {
    return Arrays.stream(x).map(function::apply).toArray(double[][]::new);
  }

  private static double[] map(double[] x, DoubleUnaryOperator function) {
    return Arrays.stream(x).map(function).toArray();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private double[] mix(double[] x, double[] previous, String amount) {
    double[] mixed = new double[c];
    for (int j = 0; j < c; j++) {
      mixed[j] = x[j] + (previous[j] - x[j]) * q(amount)[j];
    }
    return mixed;
  }

  private double[][] norms(double[][] x, String name) {
    return map(x, row -> norm(row, q(name + ".weight"), q(name + ".bias"), 1e-5));
  }

  private static double[] norm(double[] x, double[] weight, double[] bias, double epsilon) {
    double mean = Arrays.stream(x).average().orElseThrow();
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    double[] y = new double[x.length];
    for (int j = 0; j < x.length; j++) {
      y[j] = (x[j] - mean) / Math.sqrt(variance + epsilon) * weight[j] + bias[j];
    }
    return y;
  }

  /** W x. */
  private static double[] linear(double[] matrix, double[] x) {
    double[] y = new double[matrix.length / x.length];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += matrix[i * x.length + j] * x[j];
      }
    }
    return y;
  }

  /** x M. */
  private static double[] rowTimes(double[] x, double[] matrix) {
    int columns = matrix.length / x.length;
    double[] y = new double[columns];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < columns; j++) {
        y[j] += x[i] * matrix[i * columns + j];
      }
    }
    return y;
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      for (int j = 0; j < x[t].length; j++) {
        x[t][j] += y[t][j];
      }
    }
  }
}
