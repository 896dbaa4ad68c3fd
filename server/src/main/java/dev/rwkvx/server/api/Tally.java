package dev.rwkvx.server.api;

import dev.rwkvx.server.api.Event.Ended;
import dev.rwkvx.server.api.Event.Read;
import dev.rwkvx.server.schedule.Writer.Totals;
import java.util.List;

/** Counts what a request takes while its events come. */
final class Tally {
  private final int promptTokens;
  private int cached;
  private int read;
  private long readNanoseconds;
  private int written;
  private long context;
  private long cacheBytes;
  private double rate;
  private final List<Prompt> prompts;

  Tally(List<Prompt> prompts) {
    this.prompts = prompts;
    promptTokens = prompts.stream().mapToInt(prompt -> prompt.tokens().length).sum();
  }

  void add(Event event) {
    if (event instanceof Read(int prompt, var report)) {
      cached += report.cached();
      read += prompts.get(prompt).tokens().length - report.cached();
      readNanoseconds = Math.max(readNanoseconds, report.nanoseconds());
    } else if (event instanceof Ended ended) {
      Totals totals = ended.totals();
      written += totals.tokens();
      rate = Math.max(rate, perSecond(totals.tokens(), totals.nanoseconds()));
      if (totals.contextTokens() > context) {
        context = totals.contextTokens();
        cacheBytes = totals.cacheBytes();
      }
    }
  }

  private static double perSecond(int tokens, long nanoseconds) {
    return nanoseconds == 0 ? 0 : tokens * 1e9 / nanoseconds;
  }

  Usage usage() {
    return new Usage(
        promptTokens, written, promptTokens + written, new Usage.PromptDetails(cached));
  }

  Usage.Figures figures() {
    return new Usage.Figures(context, cacheBytes, perSecond(read, readNanoseconds), rate);
  }
}
