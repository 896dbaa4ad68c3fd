package dev.rwkvx.math;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of the model, single-threaded, over float32 activations.
 *
 * <p>Every kernel fixes the order of its additions, independent of the vector width: products run
 * over their inputs one by one within blocks of {@link #BLOCK}, and sums over a row keep {@link
 * #PARTIALS} partial sums that are added in a fixed tree. The scalar reference and the vector twin
 * therefore give the same bits, and a row gives the same bits whether it is computed alone or among
 * others.
 *
 * <p>An offset counts elements of the array before it, unless it says bytes.
 */
public sealed interface Kernels permits ScalarKernels, VectorKernels {
  /** Outputs that lie side by side in a {@link Matrix}. */
  int PANEL = 32;

  /** Inputs that are summed up before the sum is added to the result. */
  int BLOCK = 512;

  /** Most rows of a {@link #product}. */
  int ROWS = 8;

  /** Rows of a {@link #tile}. */
  int TILE_ROWS = 6;

  /** Rows of a {@link #tile} for what is left. */
  int LOW_TILE_ROWS = 4;

  /** Columns of a {@link #tile}. */
  int TILE_COLUMNS = 2 * PANEL;

  /** Columns of a {@link #tile} for what is left. */
  int NARROW_TILE_COLUMNS = PANEL;

  /** Token shifts of {@link #lerps}. */
  int MIXES = 6;

  /** Partial sums of a reduction over a row. */
  int PARTIALS = 16;

  /** e^{−1/2}: the fastest decay rate of RWKV-7. */
  float MAX_DECAY_RATE = 0.60653065971f;

  /** "scalar", or "vector" with its width in bits. */
  String name();

  // --- products ------------------------------------------------------------------------------

  /**
   * y[row][0 … 31] = Σ_i x[row][i] · W[from + i][0 … 31] over {@code count} inputs of one panel.
   *
   * @param type F32, BF16 or F16
   * @param offset byte at which the panel starts
   * @param from the first input
   * @param count at most {@link #BLOCK}
   * @param rows 1 … {@link #ROWS}
   * @param x input {@code from} of row i at {@code xOffset + i·xStride}
   * @param y 32 sums of row i at {@code yOffset + i·yStride}, overwritten
   */
  void product(
      WeightType type,
      MemorySegment weights,
      long offset,
      int from,
      int count,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yOffset,
      int yStride);

  /**
   * y[row][0 … 31] += Σ_i x[row][i] · W[i][0 … 31] over all inputs of one panel of codes, in the
   * order that {@link QuantizedLayout} prescribes.
   *
   * @param type Q8 or Q4
   * @param offset byte at which the panel starts
   * @param groups inputs / 32
   * @param rows any number
   * @param x input 0 of row i at {@code xOffset + i·xStride}
   * @param sums the {@link #groupSums} of row i at {@code sumsOffset + i·groups}
   * @param y 32 sums of row i at {@code yOffset + i·yStride}
   */
  void addQuantized(
      WeightType type,
      MemorySegment weights,
      long offset,
      int groups,
      int rows,
      float[] x,
      int xOffset,
      int xStride,
      float[] sums,
      int sumsOffset,
      float[] y,
      int yOffset,
      int yStride,
      QuantizedScratch scratch);

  /** sums[g] = the sum of group g of 32 elements: x[l] + x[l + 16] first, then a tree. */
  void groupSums(float[] x, int xOffset, int groups, float[] sums, int sumsOffset);

  /**
   * c[rows][columns] = a[rows][inputs] · b[inputs][columns], each sum in the order of the inputs.
   *
   * @param a rows, {@code aStride} apart
   * @param rows {@link #TILE_ROWS} or {@link #LOW_TILE_ROWS}
   * @param b rows, {@link #TILE_COLUMNS} apart
   * @param columns {@link #TILE_COLUMNS} or {@link #NARROW_TILE_COLUMNS}
   * @param c rows, {@code cStride} apart
   * @param inputs at most {@link #BLOCK}
   * @param add whether to add the sums to C or to replace it
   */
  void tile(
      float[] a,
      int aOffset,
      int aStride,
      int rows,
      int inputs,
      float[] b,
      int columns,
      float[] c,
      int cOffset,
      int cStride,
      boolean add);

  /**
   * As {@link #tile} with {@link #TILE_ROWS} rows of A that are interleaved, adding to C:
   * c[row][column] += Σ_i a[i][row] · b[i][column].
   *
   * @param a inputs × 6
   */
  void addInterleavedTile(
      float[] a,
      int aOffset,
      int inputs,
      float[] b,
      int columns,
      float[] c,
      int cOffset,
      int cStride);

  // --- rows ----------------------------------------------------------------------------------

  /** y = (x − mean(x)) / √(var(x) + epsilon) · weight + bias, over n elements. */
  void layerNorm(
      float[] x,
      int xOffset,
      int n,
      float[] weight,
      float[] bias,
      int weightOffset,
      float epsilon,
      float[] y,
      int yOffset);

  /** y = x + (other − x) · amount, elementwise; the token shift of RWKV. */
  void lerp(
      float[] x,
      int xOffset,
      float[] other,
      int otherOffset,
      float[] amount,
      int amountOffset,
      float[] y,
      int yOffset,
      int n);

  /**
   * The six token shifts of a time mix, each as {@link #lerp} does it: y[m] = x + (previous − x) ·
   * amounts[m], elementwise.
   *
   * @param amounts of mix m from {@code m·n} on
   * @param y mix m from {@code yOffset + m·yStride} on
   */
  void lerps(
      float[] x,
      int xOffset,
      float[] previous,
      int previousOffset,
      float[] amounts,
      float[] y,
      int yOffset,
      int yStride,
      int n);

  /** y = σ(y + bias). */
  void sigmoid(float[] y, int yOffset, float[] bias, int biasOffset, int n);

  /** y = σ(y). */
  void sigmoid(float[] y, int offset, int n);

  /** y = tanh(y). */
  void tanh(float[] y, int offset, int n);

  /** y = max(y, 0)². */
  void reluSquared(float[] y, int offset, int n);

  /** w = exp(−e^{−1/2} · σ(w + bias)): the decay of RWKV-7, in (0.545, 1). */
  void decay(float[] w, int wOffset, float[] bias, int biasOffset, int n);

  /** y += x. */
  void add(float[] x, int xOffset, float[] y, int yOffset, int n);

  /** y *= x. */
  void multiply(float[] x, int xOffset, float[] y, int yOffset, int n);

  /** z += x·y, element by element, as fused multiply-adds. */
  void multiplyAdd(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n);

  /** y += SiLU(x), with SiLU(x) = x·σ(x). */
  void addSilu(float[] x, int xOffset, float[] y, int yOffset, int n);

  /** y = y + factor · x. */
  void axpy(float factor, float[] x, int xOffset, float[] y, int yOffset, int n);

  /** y *= factor. */
  void scale(float[] y, int offset, float factor, int n);

  /** Σ x·y·z. */
  float dot(float[] x, int xOffset, float[] y, int yOffset, float[] z, int zOffset, int n);

  /** The largest of n ≥ 1 elements. */
  float max(float[] x, int offset, int n);

  /** x = exp((x − max) · scale); returns the sum. */
  float expSum(float[] x, int offset, int n, float max, float scale);

  // --- RWKV-7 --------------------------------------------------------------------------------

  /**
   * The per-head vectors of RWKV-7 from k and a, for one head of n elements: κ = k·k_k divided by
   * max(‖k·k_k‖, 1e-12), b = κ·a, k ← k·(1 + (a − 1)·k_a).
   */
  void keys(
      float[] k,
      int offset,
      float[] a,
      float[] keyScale,
      float[] keyMix,
      int weightOffset,
      float[] kappa,
      float[] b,
      int n);

  /**
   * The state update of RWKV-7 for one head over a run of tokens:
   *
   * <pre>
   *   S ← S diag(w) − (S κ) bᵀ + v kᵀ
   *   y = S r
   * </pre>
   *
   * @param s the state, column by column: element (row, column) at {@code sOffset + column·n + row}
   * @param removed receives S κ, which training wants; may be y, which is written after it
   * @param stride floats between one token's vectors and the next
   */
  void wkv7(
      float[] s,
      int sOffset,
      int n,
      int tokens,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] removed,
      float[] y,
      int offset,
      int stride);

  // --- training ------------------------------------------------------------------------------

  /** The kernels of the backward pass, of the same kind. */
  GradientKernels gradients();

  // --- the machine ---------------------------------------------------------------------------

  /** Does nothing but fused multiply-adds, {@link #fmaChainFlops} of them; the result is a sink. */
  float fmaChain(int rounds, float seed);

  /** Operations of {@link #fmaChain}, two for each multiply-add. */
  double fmaChainFlops(int rounds);

  /** Reads memory and does next to nothing with it; the result is a sink. */
  float readAll(MemorySegment memory, long from, long bytes);
}
