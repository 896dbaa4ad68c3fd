package dev.rwkvx.cli;

import dev.rwkvx.training.mpi.MpiTransport;
import dev.rwkvx.training.ranks.Ranks;
import dev.rwkvx.training.ranks.Transport;
import dev.rwkvx.training.run.Recipe;
import dev.rwkvx.training.run.RunConfigFile;
import dev.rwkvx.training.run.RunListener;
import dev.rwkvx.training.run.TrainingRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;

/** A rank of a run; rank 1 receives a wrong bit with the weights that rank 0 gives it. */
final class BrokenRank {
  private BrokenRank() {}

  private record Broken(Transport whole) implements Transport {
    @Override
    public int rank() {
      return whole.rank();
    }

    @Override
    public int size() {
      return whole.size();
    }

    @Override
    public int neighbours() {
      return whole.neighbours();
    }

    @Override
    public Transfer scatter(MemorySegment parts, MemorySegment received) {
      return whole.scatter(parts, received);
    }

    @Override
    public Transfer gather(MemorySegment part, MemorySegment all) {
      return whole.gather(part, all);
    }

    @Override
    public Transfer broadcast(MemorySegment data) {
      Transfer transfer = whole.broadcast(data);
      return () -> {
        boolean done = transfer.isDone();
        if (done && rank() == 1) {
          data.set(ValueLayout.JAVA_BYTE, 0, (byte) (data.get(ValueLayout.JAVA_BYTE, 0) ^ 1));
        }
        return done;
      };
    }
  }

  /** Takes the configuration and the folder of the run. */
  public static void main(String[] arguments) throws IOException {
    MpiTransport mpi = MpiTransport.start();
    var config = new RunConfigFile().read(Recipe.PRETRAIN, Path.of(arguments[0]), Map.of());
    Ranks ranks = new Ranks(new Broken(mpi));
    try (TrainingRun run =
        TrainingRun.begin(config, Path.of(arguments[1]), ranks, new RunListener() {})) {
      run.run();
      mpi.close();
    } catch (UncheckedIOException e) {
      if (ranks.isFirst()) {
        System.err.println(e.getMessage());
        mpi.abort(3);
      }
    }
  }
}
