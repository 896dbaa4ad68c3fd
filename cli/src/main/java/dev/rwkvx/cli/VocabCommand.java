package dev.rwkvx.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx vocab}: vocabularies. */
@Command(
    name = "vocab",
    description = "Make vocabularies.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = VocabTrainCommand.class)
final class VocabCommand implements Runnable {
  @ParentCommand Main main;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
