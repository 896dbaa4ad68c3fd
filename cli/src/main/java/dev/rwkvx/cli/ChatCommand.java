package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.generate.ChatFormat.Thinking;
import dev.rwkvx.generate.ChatSession;
import dev.rwkvx.generate.ModelContext;
import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.SamplingOptions;
import dev.rwkvx.model.RwkvX;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx chat}: a conversation in the terminal. */
@Command(
    name = "chat",
    description = {
      "Talk with a World or G1 model. Ctrl-C stops an answer, Ctrl-D or /quit ends; /help tells"
          + " more."
    })
final class ChatCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private final TextModelArguments model = new TextModelArguments();
  @Mixin private final SamplingArguments sampling = new SamplingArguments();
  @Mixin private final StateArguments state = new StateArguments();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "4096",
      description = "The most tokens of an answer (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--think",
      paramLabel = "HOW",
      defaultValue = "off",
      description = {
        "How a G1 model thinks before it answers: off, empty (none, but in its style), on, asked,"
            + " short or long (default: ${DEFAULT-VALUE})."
      })
  private Thinking thinking;

  @Option(names = "--system", paramLabel = "TEXT", description = "Begin with a System turn.")
  private @Nullable String system;

  @Override
  public Integer call() throws IOException {
    if (system != null && state.loads()) {
      throw new InputException("--system starts over; it does not go with --load-state");
    }
    SamplingOptions options = sampling.over(SamplingOptions.chat());
    try (RwkvX opened = model.open()) {
      Tokenizer tokenizer = model.tokenizer(opened);
      try (ModelContext context = state.open(opened, tokenizer)) {
        ChatSession session = new ChatSession(context, tokenizer);
        if (system != null) {
          session.startWithSystem(system);
        }
        AtomicBoolean interrupted = new AtomicBoolean();
        try (ChatScreen screen = ChatScreen.open(main.in, main.out, interrupted)) {
          Sampler sampler = new Sampler(options, context.vocabulary());
          new ChatLoop(screen, session, context, sampler, thinking, maxTokens, interrupted).run();
        }
        state.save(context);
      }
    }
    return 0;
  }
}
