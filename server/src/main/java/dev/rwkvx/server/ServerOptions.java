package dev.rwkvx.server;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.server.http.WatchedConnections.Timeouts;
import dev.rwkvx.server.schedule.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a model is served.
 *
 * @param host address to listen on
 * @param port 0 takes a free one
 * @param modelName what clients call the model
 * @param limits how much is done at once
 * @param maxTokens the most tokens of an answer
 * @param maxContext the most tokens of a prompt and its answer
 * @param maxBody the most bytes of a request
 * @param memory the most bytes of the heap that requests may take together
 * @param cacheMemory the most bytes of keys and values of all texts and prompts at work; others
 *     wait
 * @param time the most that a request may take; an answer then ends as if its tokens were used up
 * @param timeouts what a client may take to send and to receive
 * @param cache how states keep keys and values
 * @param sampling of requests that say nothing else; the seed is not used
 * @param states where named states are saved; empty when they are not
 * @param access who may ask
 */
public record ServerOptions(
    String host,
    int port,
    String modelName,
    Limits limits,
    int maxTokens,
    int maxContext,
    int maxBody,
    long memory,
    long cacheMemory,
    Duration time,
    Timeouts timeouts,
    CacheOptions cache,
    SamplingOptions sampling,
    Optional<SavedStates> states,
    Access access) {

  /**
   * Where named states are saved, and how many.
   *
   * @param folder is made if it does not exist
   * @param most files in it; no more are saved
   * @param mostBytes of all files in it; no more are saved
   */
  public record SavedStates(Path folder, int most, long mostBytes) {
    /**
     * Checks the limits.
     *
     * @throws InputException naming the limit that is out of its range
     */
    public SavedStates {
      require(most >= 1, "max states", "1 or more", most);
      require(mostBytes >= 1, "max states size", "1 or more", mostBytes);
    }

    /**
     * {@return a folder for at most 1,000 states and 16 GiB}
     *
     * @param folder is made if it does not exist
     */
    public static SavedStates in(Path folder) {
      return new SavedStates(folder, 1000, 16L << 30);
    }
  }

  /**
   * Who may ask.
   *
   * @param keys of which a request has to bring one; empty for none
   * @param origins web pages that may ask, such as {@code https://example.org}, or {@code *} for
   *     all; the server's own page always may
   * @param hosts names by which a server without keys may be called, beside its numbers and its own
   *     names; {@code *} is all
   * @param tls certificate and key; empty for plain HTTP
   */
  public record Access(
      List<String> keys, List<String> origins, List<String> hosts, Optional<TlsFiles> tls) {
    /** Copies the lists. */
    public Access {
      keys = List.copyOf(keys);
      origins = List.copyOf(origins);
      hosts = List.copyOf(hosts);
    }

    /** {@return anybody who reaches the address} */
    public static Access open() {
      return new Access(List.of(), List.of(), List.of(), Optional.empty());
    }
  }

  /**
   * Checks the options.
   *
   * @throws InputException naming the option that is out of its range
   */
  public ServerOptions {
    require(port >= 0 && port <= 65535, "port", "in 0 … 65535", port);
    require(maxTokens >= 1, "max tokens", "1 or more", maxTokens);
    require(maxContext >= 2, "max context", "2 or more", maxContext);
    require(maxBody >= 1, "max body", "1 or more", maxBody);
    require(memory >= 1, "memory", "1 or more", memory);
    require(cacheMemory >= 1, "cache memory", "1 or more", cacheMemory);
    require(time.isPositive(), "time", "above 0", time.toSeconds());
  }

  /**
   * {@return options for one model on 127.0.0.1 and a free port, with the usual limits}
   *
   * @param modelName what clients call the model
   */
  public static Builder builder(String modelName) {
    return new Builder(modelName);
  }

  /** Collects options; what is not chosen is as usual. */
  public static final class Builder {
    private final String modelName;
    private String host = "127.0.0.1";
    private int port;
    private Limits limits = Limits.defaults();
    private int maxTokens = 4096;
    private int maxContext = 1 << 20;
    private int maxBody = 16 << 20;
    private long memory = Runtime.getRuntime().maxMemory() / 2;
    private long cacheMemory = Runtime.getRuntime().maxMemory();
    private Duration time = Duration.ofMinutes(10);
    private Timeouts timeouts = Timeouts.defaults();
    private CacheOptions cache = CacheOptions.exact();
    private SamplingOptions sampling = SamplingOptions.defaults().withPenaltyDecay(1);
    private Optional<SavedStates> states = Optional.empty();
    private Access access = Access.open();

    private Builder(String modelName) {
      this.modelName = modelName;
    }

    /**
     * {@return this, with another address (default: 127.0.0.1)}
     *
     * @param host name or number of an interface
     * @param port 0 for a free one
     */
    public Builder address(String host, int port) {
      this.host = host;
      this.port = port;
      return this;
    }

    /**
     * {@return this, with other limits of the batch and the queue}
     *
     * @param limits most texts at once, most requests that wait, and the like
     */
    public Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /**
     * {@return this, with another limit of answers}
     *
     * @param maxTokens tokens
     */
    public Builder maxTokens(int maxTokens) {
      this.maxTokens = maxTokens;
      return this;
    }

    /**
     * {@return this, with another limit of prompt and answer together}
     *
     * @param maxContext tokens
     */
    public Builder maxContext(int maxContext) {
      this.maxContext = maxContext;
      return this;
    }

    /**
     * {@return this, with another limit of bodies}
     *
     * @param maxBody bytes
     */
    public Builder maxBody(int maxBody) {
      this.maxBody = maxBody;
      return this;
    }

    /**
     * {@return this, with another limit of the memory of requests (default: half of the heap)}
     *
     * @param memory bytes of the heap that all requests together may take
     */
    public Builder memory(long memory) {
      this.memory = memory;
      return this;
    }

    /**
     * {@return this, with another limit of keys and values (default: as much as the heap may take)}
     *
     * @param cacheMemory bytes for all texts and prompts at work
     */
    public Builder cacheMemory(long cacheMemory) {
      this.cacheMemory = cacheMemory;
      return this;
    }

    /**
     * {@return this, with another limit of the time of a request}
     *
     * @param time above 0; an answer under way then ends as if its tokens were used up
     */
    public Builder time(Duration time) {
      this.time = time;
      return this;
    }

    /**
     * {@return this, with other patience for slow connections}
     *
     * @param timeouts for reading and writing
     */
    public Builder timeouts(Timeouts timeouts) {
      this.timeouts = timeouts;
      return this;
    }

    /**
     * {@return this, with another way to keep keys and values (default: exact, in memory)}
     *
     * @param cache policy and type of entries
     */
    public Builder cache(CacheOptions cache) {
      this.cache = cache;
      return this;
    }

    /**
     * {@return this, with other ways to draw where a request says nothing}
     *
     * @param sampling temperature, filters, penalties
     */
    public Builder sampling(SamplingOptions sampling) {
      this.sampling = sampling;
      return this;
    }

    /**
     * {@return this, with a folder of saved states (default: none are saved)}
     *
     * @param states the folder and how much of it
     */
    public Builder states(SavedStates states) {
      this.states = Optional.of(states);
      return this;
    }

    /**
     * {@return this, with other rules of who may ask (default: anybody)}
     *
     * @param access keys, origins, TLS
     */
    public Builder access(Access access) {
      this.access = access;
      return this;
    }

    /**
     * The options.
     *
     * @return the options
     * @throws InputException naming the option that is out of its range
     */
    public ServerOptions build() {
      return new ServerOptions(
          host,
          port,
          modelName,
          limits,
          maxTokens,
          maxContext,
          maxBody,
          memory,
          cacheMemory,
          time,
          timeouts,
          cache,
          sampling,
          states,
          access);
    }
  }

  private static void require(boolean holds, String option, String range, long found) {
    if (!holds) {
      throw new InputException("%s must be %s, found %d".formatted(option, range, found));
    }
  }
}
