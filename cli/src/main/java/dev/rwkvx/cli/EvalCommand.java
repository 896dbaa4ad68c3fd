package dev.rwkvx.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx eval}: what models are worth. */
@Command(
    name = "eval",
    description = "Evaluate models.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EvalAnswersCommand.class,
      EvalChoiceCommand.class,
      EvalLambadaCommand.class,
      EvalLongLossCommand.class,
      EvalNeedleCommand.class,
      EvalPasskeyCommand.class,
      EvalPerplexityCommand.class,
      EvalProbeCommand.class,
      EvalQuantCommand.class,
      EvalRecallCommand.class
    })
final class EvalCommand implements Runnable {
  @ParentCommand Main main;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
