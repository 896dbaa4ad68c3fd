package dev.rwkvx.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx eval recall}: what of its context does a model recall? */
@Command(
    name = "recall",
    description = "Test how well a model recalls what stands in its context.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {EvalRecallNamesCommand.class})
final class EvalRecallCommand implements Runnable {
  @ParentCommand EvalCommand eval;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
