package dev.rwkvx.training.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rwkvx.training.ranks.Transport;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The ranks that {@code mpirun} started; a process that it did not start is alone. There is one in
 * the life of a process, and the thread that starts it is the only one that uses it.
 */
public final class MpiTransport implements Transport, AutoCloseable {
  /** How mpirun tells the number of ranks on the same machine. */
  private static final String NEIGHBOURS = "OMPI_COMM_WORLD_LOCAL_SIZE";

  private final OpenMpi mpi;
  private final int rank;
  private final int size;

  /** Operations on a communicator are ordered; those of different kinds must not be. */
  private final MemorySegment scatters;

  private final MemorySegment gathers;

  private MpiTransport(OpenMpi mpi) {
    this.mpi = mpi;
    rank = mpi.rank();
    size = mpi.size();
    scatters = mpi.duplicateWorld();
    gathers = mpi.duplicateWorld();
  }

  /**
   * Connects this process with the others.
   *
   * @return the connection, to be closed at the end
   * @throws dev.rwkvx.InputException when Open MPI 4 or 5 is not installed
   */
  public static MpiTransport start() {
    OpenMpi mpi = OpenMpi.load();
    mpi.start();
    return new MpiTransport(mpi);
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
    String text = System.getenv(NEIGHBOURS);
    return text != null && text.matches("[1-9]\\d{0,5}") ? Integer.parseInt(text) : 1;
  }

  @Override
  public Transfer scatter(MemorySegment parts, MemorySegment received) {
    int bytes = count(parts) / size;
    Request request = new Request(parts, received);
    mpi.check(
        "MPI_Ialltoall",
        mpi.alltoall.call(
            parts, bytes, mpi.bytes, received, bytes, mpi.bytes, scatters, request.handle));
    return request;
  }

  @Override
  public Transfer gather(MemorySegment part, MemorySegment all) {
    int bytes = count(part);
    Request request = new Request(part, all);
    mpi.check(
        "MPI_Iallgather",
        mpi.allgather.call(part, bytes, mpi.bytes, all, bytes, mpi.bytes, gathers, request.handle));
    return request;
  }

  @Override
  public Transfer broadcast(MemorySegment data) {
    Request request = new Request(data, data);
    mpi.check(
        "MPI_Ibcast",
        mpi.broadcast.call(data, count(data), mpi.bytes, 0, mpi.world, request.handle));
    return request;
  }

  private static int count(MemorySegment data) {
    if (data.byteSize() > MOST_BYTES) {
      throw new IllegalArgumentException(data.byteSize() + " bytes at once");
    }
    return (int) data.byteSize();
  }

  /**
   * Ends all ranks, this one included, with an exit code.
   *
   * @param code other than 0
   */
  public void abort(int code) {
    mpi.abort(code);
  }

  /** Waits for the other ranks to come here too, and disconnects. */
  @Override
  public void close() {
    mpi.end();
  }

  /** An operation that was started. It holds on to the memory that the library works with. */
  private final class Request implements Transfer {
    private final MemorySegment handle = Arena.ofAuto().allocate(ADDRESS);
    private final MemorySegment flag = Arena.ofAuto().allocate(JAVA_INT);

    @SuppressWarnings({"UnusedVariable", "FieldCanBeLocal"})
    private final MemorySegment[] memory;

    private boolean done;

    Request(MemorySegment... memory) {
      this.memory = memory;
    }

    @Override
    public boolean isDone() {
      if (!done) {
        mpi.check("MPI_Test", mpi.test.call(handle, flag, MemorySegment.NULL));
        done = flag.get(JAVA_INT, 0) != 0;
      }
      return done;
    }
  }
}
