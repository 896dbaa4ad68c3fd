package dev.rwkvx.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx data info}: what is in a token stream. */
@Command(name = "info", description = "Check a token stream and tell what is in it.")
final class DataInfoCommand implements Callable<Integer> {
  @ParentCommand private DataCommand data;

  @Parameters(paramLabel = "PREFIX", description = "The files PREFIX.bin and PREFIX.idx.")
  private Path prefix;

  @Option(names = "--vocab", paramLabel = "FILE", description = Vocabularies.DESCRIPTION)
  private @Nullable String vocabulary;

  @Option(
      names = "--context",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Tell which prime samples the stream in contexts of N tokens.")
  private @Nullable Integer context;

  @Override
  public Integer call() {
    var known = vocabulary == null ? null : Vocabularies.open(vocabulary);
    new DataReport(data.main.out, known, context).print(prefix);
    return 0;
  }
}
