package dev.rwkvx.training.ranks;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ranks that are threads of one process. Bytes move when all have come, and not at the first
 * question, so that operations overlap in many ways.
 */
public final class ThreadTransport implements Transport {
  /** What a rank does. */
  public interface Work<T> {
    T run(Ranks ranks) throws Exception;
  }

  private record Key(String kind, int number) {}

  /** An operation that ranks come to one by one. */
  private static final class Meeting {
    final MemorySegment[] sent;
    final AtomicInteger arrived = new AtomicInteger();
    final AtomicInteger served = new AtomicInteger();

    Meeting(int size) {
      sent = new MemorySegment[size];
    }
  }

  private final int rank;
  private final int size;
  private final Map<Key, Meeting> meetings;
  private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

  private ThreadTransport(int rank, int size, Map<Key, Meeting> meetings) {
    this.rank = rank;
    this.size = size;
    this.meetings = meetings;
  }

  private static List<Transport> of(int size) {
    Map<Key, Meeting> meetings = new ConcurrentHashMap<>();
    List<Transport> ranks = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      ranks.add(new ThreadTransport(rank, size, meetings));
    }
    return ranks;
  }

  /** Does the same work on all ranks; what it gave, by rank. */
  public static <T> List<T> run(int size, Work<T> work) throws Exception {
    return runOn(of(size), transport -> work.run(new Ranks(transport)));
  }

  /** What a rank does with its transport. */
  interface TransportWork<T> {
    T run(Transport transport) throws Exception;
  }

  static <T> List<T> runRaw(int size, TransportWork<T> work) throws Exception {
    return runOn(of(size), work);
  }

  private static <T> List<T> runOn(List<Transport> transports, TransportWork<T> work)
      throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Transport transport : transports) {
        futures.add(threads.submit(() -> work.run(transport)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(20, TimeUnit.MINUTES));
      }
      return results;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new AssertionError("ranks wait for one another", e);
    } finally {
      threads.shutdownNow();
    }
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int neighbours() {
    return size;
  }

  @Override
  public Transfer scatter(MemorySegment parts, MemorySegment received) {
    long bytes = parts.byteSize() / size;
    return start(
        "scatter",
        parts,
        (from, sent) ->
            received.asSlice(from * bytes, bytes).copyFrom(sent.asSlice(rank * bytes, bytes)));
  }

  @Override
  public Transfer gather(MemorySegment part, MemorySegment all) {
    long bytes = part.byteSize();
    return start("gather", part, (from, sent) -> all.asSlice(from * bytes, bytes).copyFrom(sent));
  }

  @Override
  public Transfer broadcast(MemorySegment data) {
    return start(
        "broadcast",
        data,
        (from, sent) -> {
          if (from == 0 && rank != 0) {
            data.copyFrom(sent);
          }
        });
  }

  private interface Copy {
    void from(int rank, MemorySegment sent);
  }

  private Transfer start(String kind, MemorySegment sent, Copy copy) {
    Key key = new Key(kind, numbers.merge(kind, 1, Integer::sum));
    Meeting meeting = meetings.computeIfAbsent(key, _ -> new Meeting(size));
    meeting.sent[rank] = sent;
    meeting.arrived.incrementAndGet();
    int[] questions = new int[1];
    boolean[] copied = new boolean[1];
    return () -> {
      questions[0]++;
      if (meeting.arrived.get() < size || questions[0] <= (key.number + rank) % 3) {
        return false;
      }
      if (!copied[0]) {
        copied[0] = true;
        for (int from = 0; from < size; from++) {
          copy.from(from, meeting.sent[from]);
        }
        meeting.served.incrementAndGet();
      }
      return meeting.served.get() == size;
    };
  }
}
