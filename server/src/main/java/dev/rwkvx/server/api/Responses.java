package dev.rwkvx.server.api;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of the latest answers by their ids, so that a conversation can be saved by that of its
 * last answer.
 */
final class Responses {
  private static final int MOST = 256;
  private static final long MOST_TOKENS = 4 << 20;

  /** The oldest first. */
  private final Map<String, Response> responses = new LinkedHashMap<>();

  private long tokens;

  /**
   * A prompt and what was written behind it.
   *
   * @param state name of the saved state that it began with
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over
  record Response(Optional<String> state, int[] tokens) {}

  /** Keeps an answer as long as there are not too many newer ones. */
  synchronized void remember(String id, Optional<String> state, int[] prompt, int[] answer) {
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    responses.put(id, new Response(state, all));
    tokens += all.length;
    var oldest = responses.values().iterator();
    while (responses.size() > MOST || tokens > MOST_TOKENS && responses.size() > 1) {
      tokens -= oldest.next().tokens.length;
      oldest.remove();
    }
  }

  /** An answer that is remembered. */
  synchronized @Nullable Response find(String id) {
    return responses.get(id);
  }
}
