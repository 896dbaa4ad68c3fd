package dev.rwkvx.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages of Markdown point to is there: files, headings, commands, options, classes. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern INDENTED = Pattern.compile("(?m)^ {4}.*$");
  private static final Pattern SPAN = Pattern.compile("`[^`\n]+`");
  private static final Pattern LINK = Pattern.compile("]\\(([^()\\s]+)\\)|src=\"([^\"]+)\"");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*)$");

  /** The command, its subcommand and all that the shell hands to it. */
  private static final Pattern COMMAND =
      Pattern.compile("(?<![\\w-])rwkvx ((?:[a-z][a-z|]*(?![\\w./:-]) ?){1,2})([^#;&>`\\n]*)");

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]*");

  /** Such as {@code model/TimeMix.forward}. */
  private static final Pattern MEMBER =
      Pattern.compile("`((?:[a-z0-9]+/)+[A-Z]\\w+)(?:\\.(\\w+))?`");

  @Test
  void linksLeadToFilesAndHeadings() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(withoutCode(Files.readString(page)));
      while (link.find()) {
        String target = link.group(1) == null ? link.group(2) : link.group(1);
        if (!target.matches("[a-z]+:.*") && !leadsSomewhere(page, target)) {
          broken.add(ROOT.relativize(page) + ": " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void quotedCommandsAndOptionsExist() throws IOException {
    Map<String, Rwkvx> helps = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    for (Path page : pages()) {
      Matcher quoted = COMMAND.matcher(code(Files.readString(page)));
      while (quoted.find()) {
        for (String command : alternatives(quoted.group(1).strip())) {
          Rwkvx help = helps.computeIfAbsent(command, DocumentationTest::help);
          String place = ROOT.relativize(page) + ": rwkvx " + command;
          if (!isHelpOf(command, help.out())) {
            wrong.add(place);
            continue;
          }
          Set<String> options = new HashSet<>(options(help.out()));
          options(quoted.group(2)).stream()
              .filter(option -> !options.contains(option))
              .forEach(option -> wrong.add(place + " " + option));
        }
      }
    }
    assertThat(helps).hasSizeGreaterThan(20);
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyPageIsListed() throws IOException {
    String front = Files.readString(ROOT.resolve("docs/README.md"));
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      assertThat(docs.map(page -> page.getFileName().toString()))
          .filteredOn(name -> name.endsWith(".md") && !name.equals("README.md"))
          .allSatisfy(name -> assertThat(front).contains("(" + name + ")"));
    }
  }

  @Test
  void namedClassesAndMethodsExist() throws IOException {
    List<Path> sources = files(".java").filter(file -> contains(file, "main")).toList();
    Matcher member = MEMBER.matcher(Files.readString(ROOT.resolve("docs/architecture.md")));
    List<String> missing = new ArrayList<>();
    while (member.find()) {
      Path file = Path.of(member.group(1) + ".java");
      String name = member.group(2) == null ? "" : member.group(2);
      if (sources.stream().noneMatch(source -> source.endsWith(file) && says(source, name))) {
        missing.add(member.group());
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = files(".md").filter(file -> !contains(file, "test")).toList();
    assertThat(pages).contains(ROOT.resolve("README.md"), ROOT.resolve("docs/training.md"));
    return pages;
  }

  private static Stream<Path> files(String ending) throws IOException {
    try (Stream<Path> files =
        Files.find(ROOT, 20, (path, attributes) -> path.toString().endsWith(ending))) {
      // What has been built, and hidden folders, are not sources.
      return files
          .filter(file -> !contains(file, "target"))
          .filter(file -> !ROOT.relativize(file).toString().startsWith("."))
          .toList()
          .stream();
    }
  }

  private static boolean contains(Path file, String folder) {
    for (Path part : ROOT.relativize(file)) {
      if (part.toString().equals(folder)) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Path file, String word) {
    return word.isEmpty()
        || Pattern.compile("\\b" + Pattern.quote(word) + "\\b").matcher(read(file)).find();
  }

  private static boolean leadsSomewhere(Path page, String target) {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path path = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (hash < 0) {
      return Files.exists(path);
    }
    return Files.isRegularFile(path) && anchors(read(path)).contains(target.substring(hash + 1));
  }

  /** The names that the usual viewers of Markdown give to headings. */
  private static Set<String> anchors(String markdown) {
    Set<String> anchors = new HashSet<>();
    Matcher heading = HEADING.matcher(FENCE.matcher(markdown).replaceAll(""));
    while (heading.find()) {
      String text = heading.group(1).strip().toLowerCase(Locale.ROOT);
      anchors.add(text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
    }
    return anchors;
  }

  private static String withoutCode(String markdown) {
    String prose = FENCE.matcher(markdown).replaceAll("");
    return SPAN.matcher(INDENTED.matcher(prose).replaceAll("")).replaceAll("");
  }

  /** Blocks and spans of code, one a line, without the comments of the shell. */
  private static String code(String markdown) {
    String joined = markdown.replace("\\|", "|").replaceAll("\\\\\n\\s*", "");
    return Stream.of(FENCE, INDENTED, SPAN)
        .flatMap(pattern -> pattern.matcher(joined).results())
        .map(match -> match.group().replaceAll("(?m) # .*$", ""))
        .collect(joining("\n"));
  }

  /** {@code a b|c} is {@code a b} and {@code a c}. */
  private static List<String> alternatives(String command) {
    List<String> all = List.of("");
    for (String word : command.split(" ")) {
      all =
          all.stream()
              .flatMap(start -> Stream.of(word.split("\\|")).map(end -> (start + " " + end)))
              .toList();
    }
    return all.stream().map(String::strip).toList();
  }

  private static Rwkvx help(String command) {
    return Rwkvx.run((Object[]) (command + " --help").split(" "));
  }

  /** The help of what comes before it is what a command gets that does not exist. */
  private static boolean isHelpOf(String command, String help) {
    return help.startsWith("Usage: rwkvx " + command + " ")
        || (help.startsWith("Usage: rwkvx " + command.split(" ")[0] + " ")
            && !help.contains("\nCommands:"));
  }

  private static List<String> options(String text) {
    return OPTION.matcher(text).results().map(match -> match.group()).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
