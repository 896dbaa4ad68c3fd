package dev.rwkvx.spark;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.collection.Iterable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tells how far a job is and which tasks are repeated. Hears of running tasks with each heartbeat
 * of the executors; all calls come from one thread.
 */
final class ProgressListener extends SparkListener {
  private static final long INTERVAL = 10_000_000_000L;

  private final long rowsId;
  private final long tokensId;
  private final long allRows;
  private final PrintStream err;
  private final long start = System.nanoTime();
  private final Map<Long, Counts> running = new HashMap<>();
  private Counts finished = new Counts(0, 0);
  private long lastLine = start;

  /**
   * @param rowsId the accumulator of rows
   * @param tokensId the accumulator of tokens
   * @param allRows rows to do, about
   */
  ProgressListener(long rowsId, long tokensId, long allRows, PrintStream err) {
    this.rowsId = rowsId;
    this.tokensId = tokensId;
    this.allRows = allRows;
    this.err = err;
  }

  private record Counts(long rows, long tokens) {
    Counts plus(Counts other) {
      return new Counts(rows + other.rows, tokens + other.tokens);
    }
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> running.put((Long) task._1(), counts(task._4())));
    tell();
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
    if (end.taskInfo().successful()) {
      finished = finished.plus(counts(end.taskInfo().accumulables()));
    } else if (end.reason() instanceof ExceptionFailure failure) {
      err.printf(
          "rwkvx-spark: attempt %d of a task failed: %s: %s%n",
          end.taskInfo().attemptNumber() + 1,
          failure.className(),
          String.valueOf(failure.description()).lines().findFirst().orElse(""));
    }
    tell();
  }

  private Counts counts(Iterable<AccumulableInfo> infos) {
    long rows = 0;
    long tokens = 0;
    for (AccumulableInfo info : CollectionConverters.asJava(infos)) {
      if (info.update().isDefined() && info.update().get() instanceof Long value) {
        rows = info.id() == rowsId ? value : rows;
        tokens = info.id() == tokensId ? value : tokens;
      }
    }
    return new Counts(rows, tokens);
  }

  private void tell() {
    long now = System.nanoTime();
    if (now - lastLine < INTERVAL) {
      return;
    }
    lastLine = now;
    Counts done = running.values().stream().reduce(finished, Counts::plus);
    double seconds = (now - start) / 1e9;
    double rate = done.rows / seconds;
    long left = done.rows == 0 ? -1 : (long) Math.max(0, (allRows - done.rows) / rate);
    err.printf(
        Locale.ROOT,
        "rwkvx-spark: %d of %d rows, %.1f rows/s, %.0f tokens/s, %s left%n",
        done.rows,
        allRows,
        rate,
        done.tokens / seconds,
        left < 0 ? "?" : "%d:%02d:%02d".formatted(left / 3600, left / 60 % 60, left % 60));
  }
}
