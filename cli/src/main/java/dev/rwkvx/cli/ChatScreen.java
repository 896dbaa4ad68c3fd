package dev.rwkvx.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Where a conversation is typed and read. */
interface ChatScreen extends AutoCloseable {
  /** The next line, or null at the end. */
  @Nullable String readLine() throws IOException;

  /** Shows text at once. */
  void print(String text);

  @Override
  void close() throws IOException;

  /**
   * A terminal with line editing where a person sits at one, plain lines elsewhere.
   *
   * @param interrupted becomes true with Ctrl-C
   */
  static ChatScreen open(InputStream in, PrintStream out, AtomicBoolean interrupted)
      throws IOException {
    boolean person = in == System.in && System.console() != null && System.console().isTerminal();
    return person ? new AtTerminal(interrupted) : new Lines(in, out);
  }

  /** Lines in, text out. */
  final class Lines implements ChatScreen {
    private final BufferedReader in;
    private final PrintStream out;

    Lines(InputStream in, PrintStream out) {
      this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      this.out = out;
    }

    @Override
    public @Nullable String readLine() throws IOException {
      return out.checkError() ? null : in.readLine();
    }

    @Override
    public void print(String text) {
      out.print(text);
      out.flush();
    }

    @Override
    public void close() {}
  }

  /** A terminal, with history and editing of lines. Pasted text of many lines is one line. */
  final class AtTerminal implements ChatScreen {
    private final Terminal terminal;
    private final LineReader reader;

    AtTerminal(AtomicBoolean interrupted) throws IOException {
      terminal = TerminalBuilder.builder().system(true).encoding(StandardCharsets.UTF_8).build();
      reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      terminal.handle(Signal.INT, signal -> interrupted.set(true));
    }

    @Override
    public @Nullable String readLine() {
      while (true) {
        try {
          return reader.readLine("User: ");
        } catch (UserInterruptException e) {
          // Ctrl-C while typing drops the line, as in a shell.
          print("(Ctrl-D or /quit ends)\n");
        } catch (EndOfFileException e) {
          return null;
        }
      }
    }

    @Override
    public void print(String text) {
      PrintWriter writer = terminal.writer();
      writer.print(text);
      writer.flush();
    }

    @Override
    public void close() throws IOException {
      terminal.close();
    }
  }
}
