package dev.rwkvx.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx data}: token streams and tasks for training. */
@Command(
    name = "data",
    description = "Make and inspect data for training.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DataBuildCommand.class,
      DataInfoCommand.class,
      DataProbeCommand.class,
      DataTasksCommand.class
    })
final class DataCommand implements Runnable {
  @ParentCommand Main main;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
