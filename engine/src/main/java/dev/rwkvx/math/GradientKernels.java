package dev.rwkvx.math;

/**
 * The inner loops of training beyond those of {@link Kernels}: backward passes, single-threaded.
 *
 * <p>A gradient is named by the letter of its value with a d in front. As in {@link Kernels}, the
 * order of additions does not depend on the vector width, and scalar and vector twins give the same
 * bits. Offsets count elements.
 */
public sealed interface GradientKernels permits ScalarGradientKernels, VectorGradientKernels {
  /** y[column][row] = x[row][column]; rows of x and of y are a stride apart. */
  void transpose(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride);

  /**
   * Cuts rows into strips of {@link Kernels#TILE_ROWS} columns, for {@link
   * Kernels#addInterleavedTile}: y[column / 6][row][column % 6] = x[row][column], and 0 where the
   * last strip has no more columns.
   *
   * @param xStride from one row to the next
   * @param yStride from one strip to the next
   */
  void interleave(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride);

  /** Σ x·y. */
  float dot(float[] x, int xOffset, float[] y, int yOffset, int n);

  /** Σ x². */
  float squares(float[] x, int offset, int n);

  /** y = exp(factor · x). */
  void exp(float factor, float[] x, int xOffset, float[] y, int yOffset, int n);

  /**
   * Backward of {@link Kernels#layerNorm}, y = x̂ · weight + bias with x̂ = (x − mean) / √(var +
   * ε):
   *
   * <pre>
   *   dx      += (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / √(var + ε),  dx̂ = dy · weight
   *   dweight += dy · x̂
   *   dbias   += dy
   * </pre>
   *
   * @param weightOffset where weight starts
   * @param normal receives x̂, n elements from 0
   * @param gradientOffset where dweight and dbias start
   */
  void layerNorm(
      float[] x,
      int xOffset,
      int n,
      float[] weight,
      int weightOffset,
      float epsilon,
      float[] normal,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dweight,
      float[] dbias,
      int gradientOffset);

  /**
   * Backward of {@link Kernels#lerp}, y = x + (other − x) · amount:
   *
   * <pre>
   *   dx      += dy · (1 − amount)
   *   dother  += dy · amount
   *   damount += dy · (other − x)
   * </pre>
   */
  void lerp(
      float[] x,
      int xOffset,
      float[] other,
      int otherOffset,
      float[] amount,
      int amountOffset,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dother,
      int dotherOffset,
      float[] damount,
      int damountOffset,
      int n);

  /** Backward of y = σ(x): dx = dy · y · (1 − y), in the place of dy. */
  void sigmoid(float[] y, float[] dy, int offset, int n);

  /** Backward of y = SiLU(x) = x·σ(x): dx = dy · σ(x) · (1 + x·(1 − σ(x))), in the place of x. */
  void silu(float[] x, int xOffset, float[] dy, int dyOffset, int n);

  /** Backward of y = tanh(x): dx = dy · (1 − y²), in the place of dy. */
  void tanh(float[] y, float[] dy, int offset, int n);

  /** Backward of y = max(x, 0)²: dx = dy · 2√y, in the place of dy. */
  void reluSquared(float[] y, float[] dy, int offset, int n);

  /**
   * Backward of w = exp(−e^{−1/2} · rate), rate = σ(x): dx = dw · w · −e^{−1/2} · rate · (1 −
   * rate), in the place of dw.
   */
  void decay(float[] rate, float[] w, float[] dw, int offset, int n);

  /**
   * Backward of {@link Kernels#keys} for one head of n elements: κ = k·k_k / max(‖k·k_k‖, 1e-12), b
   * = κ·a, k' = k·(1 + (a − 1)·k_a).
   *
   * @param k before the step
   * @param kappa after it
   * @param dkappa is destroyed
   * @param db is destroyed
   * @param dk holds dk', receives dk
   * @param da is overwritten
   * @param dkeyScale dk_k, added to, as is dkeyMix
   */
  void keys(
      float[] k,
      float[] a,
      float[] kappa,
      int offset,
      float[] keyScale,
      float[] keyMix,
      int weightOffset,
      float[] dkappa,
      float[] db,
      float[] dk,
      float[] da,
      float[] dkeyScale,
      float[] dkeyMix,
      int gradientOffset,
      int n);

  /**
   * Backward of s = Σ r·k·bonus: dr += ds·k·bonus, dk += ds·r·bonus, dbonus += ds·r·k.
   *
   * @param offset where r, k, dr and dk start
   */
  void bonus(
      float ds,
      float[] r,
      float[] k,
      int offset,
      float[] bonus,
      int weightOffset,
      float[] dr,
      float[] dk,
      float[] dbonus,
      int gradientOffset,
      int n);

  /** x = exp((x − subtrahend) · scale). */
  void expDifference(float[] x, int offset, int n, float subtrahend, float scale);

  /**
   * Backward of p = softmax(s · scale), given dp: ds = p · (dp − mean) · scale, in the place of dp.
   *
   * @param mean Σ p·dp over the whole row
   */
  void softmax(float[] p, float[] dp, int offset, int n, float mean, float scale);

  /**
   * Repeats the state update of {@link Kernels#wkv7} for one head, keeping every state, and goes
   * back through y_t = S_t r_t to r:
   *
   * <pre>
   *   S_t = S_{t−1} diag(w_t) − (S_{t−1} κ_t) b_tᵀ + v_t k_tᵀ      dr_t = S_tᵀ dy_t
   * </pre>
   *
   * @param states (tokens + 1, n, n), row by row; the first is given
   * @param removed S_{t−1} κ_t, as the update gave it
   * @param dr overwritten
   */
  void wkv7States(
      float[] states,
      int n,
      int tokens,
      float[] w,
      float[] k,
      float[] v,
      float[] b,
      float[] removed,
      float[] dy,
      float[] dr,
      int offset,
      int stride);

  /**
   * Backward of {@link Kernels#wkv7} for one head over a run of tokens, the last one first, to all
   * but r.
   *
   * @param states as {@link #wkv7States} left them
   * @param ds (n, n) row by row from {@code dsOffset}: the gradient of the state after the run,
   *     replaced by that of the state before it
   * @param dw overwritten, as are dk, dv, dkappa and db
   * @param scratch at least {@code 33·n} floats
   */
  void wkv7(
      float[] states,
      int n,
      int tokens,
      float[] r,
      float[] w,
      float[] k,
      float[] v,
      float[] kappa,
      float[] b,
      float[] removed,
      float[] dy,
      float[] ds,
      int dsOffset,
      float[] dw,
      float[] dk,
      float[] dv,
      float[] dkappa,
      float[] db,
      int offset,
      int stride,
      float[] scratch);

  /**
   * One step of AdamW (arXiv 1711.05101) on the elements {@code from … to − 1}:
   *
   * <pre>
   *   g ← g · gradientScale,  p ← p · keep
   *   m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²
   *   p ← p − stepSize · m / (√v · rootScale + ε)
   * </pre>
   *
   * @param keep 1 − learning rate · decay
   * @param stepSize learning rate / (1 − β₁^t)
   * @param rootScale 1 / √(1 − β₂^t)
   */
  void adamW(
      float[] p,
      float[] g,
      float[] m,
      float[] v,
      int from,
      int to,
      float gradientScale,
      float keep,
      float beta1,
      float beta2,
      float stepSize,
      float rootScale,
      float epsilon);
}
