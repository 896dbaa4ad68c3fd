package dev.rwkvx.training.ranks;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rwkvx.training.ranks.Transport.Transfer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the gradients of every rank by their sum over the ranks, some of them while others are
 * still computed.
 *
 * <p>Gradients go into buckets. A full bucket is cut into one slice per rank: every rank collects
 * its slice from all, adds them up in the order of the ranks (((g₀ + g₁) + g₂) + …), and gives the
 * sum to all. Each rank sends and receives less than twice the gradients, however many ranks there
 * are, and nobody but this class adds.
 */
public final class GradientSum {
  /** Floats of a bucket: 8 MiB, twice that in memory. */
  private static final int BUCKET = 1 << 21;

  /** Buckets on their way at a time; they hold 256 MiB. */
  private static final int MOST_MOVING = 16;

  private final Transport transport;
  private final int capacity;
  private final Deque<Bucket> idle = new ArrayDeque<>();

  /** Buckets on their way, in the order in which they were filled. */
  private final Deque<Bucket> moving = new ArrayDeque<>();

  private @Nullable Bucket filling;

  GradientSum(Transport transport) {
    this(transport, BUCKET);
  }

  /**
   * @param capacity floats of a bucket
   */
  GradientSum(Transport transport, int capacity) {
    this.transport = transport;
    this.capacity = capacity;
  }

  /**
   * Takes gradients that are final on this rank, the same ones as the other ranks, and moves on
   * those taken before. They are the caller's again after {@link #finish}.
   *
   * @param gradients not to be touched before {@link #finish}
   */
  public void add(List<float[]> gradients) {
    if (transport.size() == 1) {
      return;
    }
    for (float[] gradient : gradients) {
      for (int at = 0; at < gradient.length; ) {
        Bucket bucket = filling();
        at += bucket.take(gradient, at);
        if (bucket.filled == capacity) {
          start();
        }
      }
    }
    advance();
  }

  /** Waits until all gradients taken since the last call are sums. */
  public void finish() {
    if (filling != null) {
      start();
    }
    Waiting.until(() -> {
      advance();
      return moving.isEmpty();
    });
  }

  private Bucket filling() {
    Bucket bucket = filling;
    if (bucket == null) {
      Waiting.until(() -> {
        advance();
        return moving.size() < MOST_MOVING;
      });
      bucket = idle.isEmpty() ? new Bucket(transport, capacity) : idle.remove();
      filling = bucket;
    }
    return bucket;
  }

  private void start() {
    if (filling != null) {
      filling.scatter();
      moving.add(filling);
      filling = null;
    }
  }

  /** Both halves of the way begin in the order of the buckets, as they do on all other ranks. */
  private void advance() {
    for (Bucket bucket : moving) {
      if (!bucket.gathers()) {
        break;
      }
    }
    for (Bucket first = moving.peek(); first != null && first.isDone(); first = moving.peek()) {
      first.giveBack();
      idle.add(moving.remove());
    }
  }

  /** A part of an array. */
  @SuppressWarnings("ArrayRecordComponent") // the caller's own
  private record Piece(float[] array, int from, int count) {}

  private static final class Bucket {
    /** Floats that are added at a time. */
    private static final int BLOCK = 1 << 12;

    private final Transport transport;
    private final int capacity;

    /** This rank's gradients, in the end the sums. (size,slice) */
    private final MemorySegment data;

    /** One slice of all ranks' gradients; the first becomes the sum. (size,slice) */
    private final MemorySegment received;

    private final List<Piece> pieces = new ArrayList<>();
    private int filled;
    private @Nullable Transfer scattering;
    private @Nullable Transfer gathering;

    Bucket(Transport transport, int capacity) {
      this.transport = transport;
      this.capacity = capacity;
      long floats = Math.ceilDiv(capacity, transport.size()) * (long) transport.size();
      data = Arena.ofAuto().allocate(JAVA_FLOAT, floats);
      received = Arena.ofAuto().allocate(JAVA_FLOAT, floats);
    }

    /** Copies what there is room for; returns how much that is. */
    int take(float[] array, int from) {
      int count = Math.min(array.length - from, capacity - filled);
      MemorySegment.copy(array, from, data, JAVA_FLOAT, offset(filled), count);
      pieces.add(new Piece(array, from, count));
      filled += count;
      return count;
    }

    /** Floats of a rank's part; the last may end in numbers of no meaning. */
    private int slice() {
      return Math.ceilDiv(filled, transport.size());
    }

    private static long offset(long floats) {
      return floats * Float.BYTES;
    }

    void scatter() {
      long bytes = offset((long) slice() * transport.size());
      scattering = transport.scatter(data.asSlice(0, bytes), received.asSlice(0, bytes));
    }

    /** Begins with the second half of the way where the first is done; whether it has begun. */
    boolean gathers() {
      if (gathering == null && scattering != null && scattering.isDone()) {
        addSlices();
        long bytes = offset(slice());
        gathering =
            transport.gather(received.asSlice(0, bytes), data.asSlice(0, bytes * transport.size()));
      }
      return gathering != null;
    }

    private void addSlices() {
      int slice = slice();
      float[] sum = new float[Math.min(BLOCK, slice)];
      float[] other = new float[sum.length];
      for (int at = 0; at < slice; at += BLOCK) {
        int count = Math.min(BLOCK, slice - at);
        MemorySegment.copy(received, JAVA_FLOAT, offset(at), sum, 0, count);
        for (int rank = 1; rank < transport.size(); rank++) {
          MemorySegment.copy(
              received, JAVA_FLOAT, offset((long) rank * slice + at), other, 0, count);
          for (int i = 0; i < count; i++) {
            sum[i] += other[i];
          }
        }
        MemorySegment.copy(sum, 0, received, JAVA_FLOAT, offset(at), count);
      }
    }

    boolean isDone() {
      return gathering != null && gathering.isDone();
    }

    /** Copies the sums to where the gradients came from. */
    void giveBack() {
      int at = 0;
      for (Piece piece : pieces) {
        MemorySegment.copy(data, JAVA_FLOAT, offset(at), piece.array, piece.from, piece.count);
        at += piece.count;
      }
      pieces.clear();
      filled = 0;
      scattering = null;
      gathering = null;
    }
  }
}
