package dev.rwkvx.training.run;

import dev.rwkvx.io.LineFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/** {@code metrics.csv}: a line for every step. Numbers are written so that they read back equal. */
final class MetricsFile implements AutoCloseable {
  private static final String HEADER =
      "step,tokens,loss,cross_entropy,learning_rate,gradient_norm,tokens_per_second,skipped,"
          + "validation_loss\n";

  private final AppendedFile file;

  /**
   * @param length bytes of the file that stay; 0 for a new one
   * @param warning hears of a file that is shorter
   */
  MetricsFile(Path path, long length, Consumer<String> warning) {
    file = new AppendedFile(path, length, LineFile::afterLastLine, warning);
    if (file.length() == 0) {
      append(HEADER);
    }
  }

  void add(StepMetrics m) {
    Double validation = m.validationLoss();
    append(
        String.format(
            Locale.ROOT,
            "%d,%d,%s,%s,%s,%s,%.1f,%d,%s\n",
            m.step(),
            m.tokens(),
            m.loss(),
            m.crossEntropy(),
            m.rate(),
            m.gradientNorm(),
            m.tokensPerSecond(),
            m.skipped() ? 1 : 0,
            validation == null ? "" : validation));
  }

  long length() {
    return file.length();
  }

  void force() {
    file.force();
  }

  @Override
  public void close() {
    file.close();
  }

  private void append(String line) {
    file.append(line.getBytes(StandardCharsets.UTF_8));
  }
}
