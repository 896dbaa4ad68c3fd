package dev.rwkvx.training.mpi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandleProxies;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The functions of Open MPI's C library that training needs. Its handles are pointers to global
 * symbols, where those of MPICH are numbers, so that only Open MPI will do.
 */
final class OpenMpi {
  /** Open MPI 4 and 5 on Linux and macOS. */
  private static final List<String> NAMES = List.of("libmpi.so.40", "libmpi.40.dylib");

  /** Other implementations, to be told by name. */
  private static final List<String> OTHERS =
      List.of("libmpi.so.12", "libmpich.so.12", "libmpi.12.dylib", "libmpi.so");

  private static final int LONGEST_VERSION = 256;
  private static final int LONGEST_ERROR = 256;
  private static final int THREAD_FUNNELED = 1;

  /** C: {@code int f(char *text, int *length)}. */
  public interface Text {
    int call(MemorySegment text, MemorySegment length);
  }

  /** C: {@code int MPI_Init_thread(int *argc, char ***argv, int required, int *provided)}. */
  public interface InitThread {
    int call(MemorySegment argc, MemorySegment argv, int required, MemorySegment provided);
  }

  /** C: {@code int MPI_Finalize(void)}. */
  public interface End {
    int call();
  }

  /** C: {@code int MPI_Abort(MPI_Comm comm, int code)}. */
  public interface Abort {
    int call(MemorySegment comm, int code);
  }

  /** C: {@code int f(MPI_Comm comm, T pointer)}. */
  public interface OfComm {
    int call(MemorySegment comm, MemorySegment pointer);
  }

  /** C: {@code int MPI_Error_string(int code, char *text, int *length)}. */
  public interface ErrorString {
    int call(int code, MemorySegment text, MemorySegment length);
  }

  /** C: {@code int f(sent, count, type, received, count, type, comm, MPI_Request *request)}. */
  public interface Exchange {
    int call(
        MemorySegment sent,
        int sentCount,
        MemorySegment sentType,
        MemorySegment received,
        int receivedCount,
        MemorySegment receivedType,
        MemorySegment comm,
        MemorySegment request);
  }

  /** C: {@code int MPI_Ibcast(data, count, type, int root, comm, MPI_Request *request)}. */
  public interface Broadcast {
    int call(
        MemorySegment data,
        int count,
        MemorySegment type,
        int root,
        MemorySegment comm,
        MemorySegment request);
  }

  /** C: {@code int MPI_Test(MPI_Request *request, int *flag, MPI_Status *status)}. */
  public interface Test {
    int call(MemorySegment request, MemorySegment flag, MemorySegment status);
  }

  private final String file;
  private final SymbolLookup library;
  final MemorySegment world;
  final MemorySegment bytes;
  private final ErrorString errorString;
  private final Abort abort;
  final Exchange alltoall;
  final Exchange allgather;
  final Broadcast broadcast;
  final Test test;

  /**
   * Finds the library.
   *
   * @throws InputException when it is not installed, or is none that is known
   */
  static OpenMpi load() {
    return load(NAMES, OTHERS);
  }

  static OpenMpi load(List<String> names, List<String> others) {
    for (String name : names) {
      Optional<SymbolLookup> library = open(name);
      if (library.isPresent()) {
        return new OpenMpi(name, library.get());
      }
    }
    String found = others.stream().filter(name -> open(name).isPresent()).findFirst().orElse(null);
    throw new InputException(
        ("%s; expected Open MPI 4 or 5 (%s), on Debian and Ubuntu the packages openmpi-bin and"
                + " libopenmpi3 or libopenmpi40, elsewhere in LD_LIBRARY_PATH")
            .formatted(
                found == null
                    ? "Open MPI is not installed"
                    : "Found another MPI than Open MPI (" + found + ")",
                names.getFirst()));
  }

  private static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private OpenMpi(String file, SymbolLookup library) {
    this.file = file;
    this.library = library;
    checkVersion();
    world = symbol("ompi_mpi_comm_world");
    bytes = symbol("ompi_mpi_byte");
    errorString = function("MPI_Error_string", ErrorString.class);
    abort = function("MPI_Abort", Abort.class);
    alltoall = function("MPI_Ialltoall", Exchange.class);
    allgather = function("MPI_Iallgather", Exchange.class);
    broadcast = function("MPI_Ibcast", Broadcast.class);
    test = function("MPI_Test", Test.class);
  }

  private void checkVersion() {
    String version = "";
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(LONGEST_VERSION);
      function("MPI_Get_library_version", Text.class).call(text, arena.allocate(JAVA_INT));
      version = text.getString(0).split(",", 2)[0];
    }
    if (!version.startsWith("Open MPI v4.") && !version.startsWith("Open MPI v5.")) {
      throw new InputException(
          "%s is '%s'; expected Open MPI 4 or 5".formatted(file, version.strip()));
    }
  }

  // --- what is called once -------------------------------------------------------------------

  /**
   * Connects this process with those that mpirun started with it; once in the life of a process.
   */
  void start() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment provided = arena.allocate(JAVA_INT);
      check(
          "MPI_Init_thread",
          function("MPI_Init_thread", InitThread.class)
              .call(MemorySegment.NULL, MemorySegment.NULL, THREAD_FUNNELED, provided));
      if (provided.get(JAVA_INT, 0) < THREAD_FUNNELED) {
        throw new InputException(file + " knows no threads; expected one with MPI_THREAD_FUNNELED");
      }
      check(
          "MPI_Comm_set_errhandler",
          function("MPI_Comm_set_errhandler", OfComm.class)
              .call(world, symbol("ompi_mpi_errors_return")));
    }
  }

  int rank() {
    return number("MPI_Comm_rank");
  }

  int size() {
    return number("MPI_Comm_size");
  }

  private int number(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      check(name, function(name, OfComm.class).call(world, number));
      return number.get(JAVA_INT, 0);
    }
  }

  /** The same processes, with an order of operations of their own. */
  MemorySegment duplicateWorld() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment comm = arena.allocate(ADDRESS);
      check("MPI_Comm_dup", function("MPI_Comm_dup", OfComm.class).call(world, comm));
      return comm.get(ADDRESS, 0);
    }
  }

  /** Waits for all ranks and disconnects. */
  void end() {
    check("MPI_Finalize", function("MPI_Finalize", End.class).call());
  }

  /** Ends all ranks, this one included. */
  void abort(int code) {
    abort.call(world, code);
  }

  /** Throws what the library says of a code, where it is no success. */
  void check(String name, int code) {
    if (code == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(LONGEST_ERROR);
      errorString.call(code, text, arena.allocate(JAVA_INT));
      throw new UncheckedIOException(
          new IOException("%s failed: %s".formatted(name, text.getString(0))));
    }
  }

  // --- binding -------------------------------------------------------------------------------

  private MemorySegment symbol(String name) {
    return library
        .find(name)
        .orElseThrow(() ->
            new InputException(
                "%s has no '%s'; expected the library of Open MPI 4 or 5".formatted(file, name)));
  }

  /** A C function that takes and returns what the only method of {@code type} does. */
  private <T> T function(String name, Class<T> type) {
    Method method = type.getDeclaredMethods()[0];
    MemoryLayout[] parameters =
        Arrays.stream(method.getParameterTypes())
            .map(parameter -> parameter == int.class ? JAVA_INT : ADDRESS)
            .toArray(MemoryLayout[]::new);
    return MethodHandleProxies.asInterfaceInstance(
        type,
        Linker.nativeLinker()
            .downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, parameters)));
  }
}
