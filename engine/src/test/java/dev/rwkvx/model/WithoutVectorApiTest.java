package dev.rwkvx.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.math.KernelProvider;
import dev.rwkvx.math.ScalarKernels;
import dev.rwkvx.math.WeightType;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.MessageFormatter;

/** Runs in a JVM of its own, started without the Vector API: a model works, and is announced. */
class WithoutVectorApiTest {
  private static final class Messages extends Handler {
    private final List<String> messages = new ArrayList<>();

    @Override
    public void publish(LogRecord entry) {
      messages.add(MessageFormatter.basicArrayFormat(entry.getMessage(), entry.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void modelsRunOnTheScalarKernelsAndTheFlagIsNamedOnce() {
    Logger logger = Logger.getLogger(KernelProvider.class.getName());
    Messages log = new Messages();
    logger.addHandler(log);
    try {
      assertThat(KernelProvider.vectorAvailable()).isFalse();
      assertThat(KernelProvider.best()).isInstanceOf(ScalarKernels.class);
      Config config = new Config(40, 32, 16, 2, 1, 8, 2);
      try (RwkvX model =
          RwkvX.open(RandomModel.create(config, WeightType.BF16, 1), ModelOptions.defaults())) {
        int[] tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
        float[] whole = Golden.run(model, tokens, tokens.length);
        assertThat(Golden.run(model, tokens, 3)).isEqualTo(whole);
        assertThat(whole).doesNotContain(Float.NaN, 0f);
      }
      assertThat(log.messages)
          .singleElement()
          .asString()
          .contains("--add-modules jdk.incubator.vector");
    } finally {
      logger.removeHandler(log);
    }
  }
}
