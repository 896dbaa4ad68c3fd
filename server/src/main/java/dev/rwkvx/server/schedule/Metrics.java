package dev.rwkvx.server.schedule;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;

/** What the server counts, under the names that Prometheus sees. */
public final class Metrics {
  private static final double[] SECONDS = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
  };
  private static final double[] RATES = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  private static final double[] SIZES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

  private final PrometheusRegistry registry = new PrometheusRegistry();

  /** HTTP requests by path and status. */
  public final Counter requests =
      Counter.builder()
          .name("rwkvx_requests_total")
          .help("HTTP requests by path and status.")
          .labelNames("path", "status")
          .register(registry);

  final Counter promptTokens = counter("rwkvx_prompt_tokens_total", "Tokens of prompts read.");

  final Counter cachedTokens =
      counter(
          "rwkvx_prompt_tokens_cached_total", "Tokens of prompts that kept states knew already.");

  final Counter generatedTokens = counter("rwkvx_generated_tokens_total", "Tokens generated.");

  final Counter cancelled =
      counter("rwkvx_cancelled_total", "Prompts whose client went away before the end.");

  final Histogram firstToken =
      histogram(
          "rwkvx_time_to_first_token_seconds",
          "From the arrival of a request to its first token.",
          SECONDS);

  final Histogram step =
      histogram("rwkvx_step_seconds", "One pass of the model over all that is due.", SECONDS);

  final Histogram batch =
      histogram("rwkvx_batch_size", "Texts that get a token in the same pass.", SIZES);

  final Histogram rate =
      histogram("rwkvx_tokens_per_second", "Generated tokens per second of each text.", RATES);

  /** Nothing has been counted yet. */
  public Metrics() {}

  /** {@return everything registered so far} */
  public PrometheusRegistry registry() {
    return registry;
  }

  /**
   * Counts something that goes up and down.
   *
   * @param name that Prometheus sees
   * @param help what is counted
   * @param value asked whenever the numbers are
   */
  public void gauge(String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsLong()))
        .register(registry);
  }

  private Counter counter(String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  private Histogram histogram(String name, String help, double[] bounds) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicOnly()
        .classicUpperBounds(bounds)
        .register(registry);
  }
}
