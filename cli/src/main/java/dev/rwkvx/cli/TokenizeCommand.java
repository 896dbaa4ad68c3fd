package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.io.InputFile;
import dev.rwkvx.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rwkvx tokenize}: text to token ids and back. */
@Command(
    name = "tokenize",
    description = "Turn text into token ids, or ids into text.",
    customSynopsis = {
      "rwkvx tokenize --vocab=FILE TEXT",
      "       rwkvx tokenize --vocab=FILE --decode ID...",
      "       rwkvx tokenize --vocab=FILE --jsonl=FILE"
    })
final class TokenizeCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";
  private static final int PRINTED_AT_ONCE = 1 << 16;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      required = true,
      description = Vocabularies.DESCRIPTION)
  private String vocabulary;

  @Option(
      names = "--decode",
      description = "Print the text of ids instead, and a newline after it.")
  private boolean decode;

  @Option(
      names = "--jsonl",
      paramLabel = "FILE",
      description = "Read lines {\"text\": …} and write lines {\"tokens\": […]}; - is stdin.")
  private @Nullable String jsonl;

  @Parameters(
      arity = "0..*",
      paramLabel = "TEXT",
      description = "The text, or with --decode the ids; - is stdin.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    if (jsonl != null && (decode || !words.isEmpty())) {
      throw wrong("--jsonl takes neither a text nor --decode");
    }
    if (jsonl == null && words.isEmpty()) {
      throw wrong(decode ? "expected ids after --decode" : "expected a text, or --jsonl FILE");
    }
    if (!decode && words.size() > 1) {
      throw wrong("expected one text, found " + words.size() + "; put it in quotes");
    }
    Tokenizer tokenizer = new Tokenizer(Vocabularies.open(vocabulary));
    if (jsonl != null) {
      encodeLines(tokenizer, jsonl);
    } else if (decode) {
      main.out.write(tokenizer.decode(ids()));
      main.out.println();
    } else {
      print("", tokenizer.encode(text(words.getFirst())), " ", "\n");
    }
    return 0;
  }

  private byte[] text(String word) throws IOException {
    return word.equals(STANDARD_INPUT)
        ? main.in.readAllBytes()
        : word.getBytes(StandardCharsets.UTF_8);
  }

  private int[] ids() throws IOException {
    List<String> sources = new ArrayList<>();
    for (String word : words) {
      sources.add(new String(text(word), StandardCharsets.UTF_8));
    }
    return sources.stream()
        .flatMap(source -> Arrays.stream(source.split("[\\s,]+")))
        .filter(id -> !id.isEmpty())
        .mapToInt(TokenizeCommand::id)
        .toArray();
  }

  private static int id(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new InputException("'" + Text.fromFile(word) + "' is not a token id", e);
    }
  }

  private void encodeLines(Tokenizer tokenizer, String source) throws IOException {
    boolean standard = source.equals(STANDARD_INPUT);
    String name = standard ? "standard input" : source;
    try (InputStream bytes =
            standard ? main.in : Files.newInputStream(InputFile.require(Path.of(source)));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()))) {
      TextLines lines = new TextLines(name, reader);
      // A reader that has gone away, such as head, ends the work.
      for (String text = lines.next();
          text != null && !main.out.checkError();
          text = lines.next()) {
        print("{\"tokens\":[", lines.encode(tokenizer, text), ",", "]}\n");
      }
    } catch (CharacterCodingException e) {
      throw new InputException(name + ": expected UTF-8 text, found other bytes", e);
    }
  }

  private void print(String before, int[] ids, String between, String after) {
    StringBuilder text = new StringBuilder(before);
    for (int i = 0; i < ids.length; i++) {
      text.append(i == 0 ? "" : between).append(ids[i]);
      if (text.length() >= PRINTED_AT_ONCE) {
        main.out.print(text);
        text.setLength(0);
      }
    }
    main.out.print(text.append(after));
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
