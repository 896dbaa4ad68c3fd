package dev.rwkvx.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * LongCE (arXiv 2410.23771): tokens that a long context helps to predict count more,
 *
 * <pre>
 *   weight_t = min(exp(ce_t(short context) − ce_t(full context)), cap)
 * </pre>
 *
 * <p>The short contexts are windows that start every {@code interval} tokens, from {@code trunc} on
 * and before length − trunc, and have trunc + interval tokens; a window gives the tokens after its
 * first {@code trunc} their weight. All other weights are 1.
 *
 * @param trunc the fewest tokens of a short context
 * @param interval tokens between the starts of windows
 * @param cap the largest weight
 */
public record LongCe(int trunc, int interval, float cap) {
  /** As the official trainer has it. */
  public static final LongCe OFFICIAL = new LongCe(4000, 4000, 10f);

  /** Checks the ranges. */
  public LongCe {
    if (trunc < 1 || interval < 1 || !(cap > 0)) {
      throw new IllegalArgumentException(
          "LongCE needs trunc and interval of at least 1 and a cap above 0, found %d, %d and %s"
              .formatted(trunc, interval, cap));
    }
  }

  /** A run of tokens of one sequence, read on its own. */
  private record Window(int sequence, int start, int end) {
    int length() {
      return end - start;
    }
  }

  /**
   * The weights of a batch: runs its windows, batched by length, forward only.
   *
   * <p>Resets of WKV states inside the batch also count inside the windows.
   *
   * @param model gives the losses of short and full contexts
   * @param batch sequences of any length
   * @return a weight for every prediction, computed when it is asked for with the loss of the full
   *     context
   */
  public TokenWeights weights(RwkvXGradients model, TokenBatch batch) {
    float[] shortLosses = new float[batch.tokens()];
    Arrays.fill(shortLosses, Float.NaN);
    List<Window> windows = windows(batch);
    // As many windows at a time as have the tokens of the batch, so that memory is bounded by it.
    int first = 0;
    while (first < windows.size()) {
      int length = windows.get(first).length();
      int most = Math.max(1, batch.tokens() / length);
      int end = first;
      while (end < windows.size() && end - first < most && windows.get(end).length() == length) {
        end++;
      }
      run(model, batch, windows.subList(first, end), shortLosses);
      first = end;
    }
    return (sequence, position, loss) -> {
      float shortLoss = shortLosses[sequence * batch.length() + position];
      return Float.isNaN(shortLoss) ? 1f : Math.min((float) Math.exp(shortLoss - loss), cap);
    };
  }

  /** Windows of equal length stand together. */
  private List<Window> windows(TokenBatch batch) {
    List<Window> windows = new ArrayList<>();
    for (int start = trunc; start < batch.length() - trunc; start += interval) {
      int end = (int) Math.min((long) start + trunc + interval, batch.length());
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        windows.add(new Window(sequence, start, end));
      }
    }
    return windows;
  }

  private void run(
      RwkvXGradients model, TokenBatch batch, List<Window> windows, float[] shortLosses) {
    int length = windows.getFirst().length();
    int[] inputs = new int[windows.size() * length];
    int[] targets = new int[inputs.length];
    Resets[] resets = new Resets[windows.size()];
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      int from = window.sequence * batch.length() + window.start;
      System.arraycopy(batch.inputs(), from, inputs, i * length, length);
      System.arraycopy(batch.targets(), from, targets, i * length, length);
      resets[i] = batch.resets()[window.sequence].within(window.start, window.end);
    }
    float[] losses = model.losses(new TokenBatch(windows.size(), length, inputs, targets, resets));
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      int to = window.sequence * batch.length() + window.start;
      System.arraycopy(losses, i * length + trunc, shortLosses, to + trunc, length - trunc);
    }
  }
}
