package dev.rwkvx.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.math.WeightType;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.Conversion;
import dev.rwkvx.model.RandomModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in docs/embedding.md compile and run as they are printed. */
class EmbeddingGuideTest {
  private static final Path GUIDE = Path.of("../docs/embedding.md");
  private static final Pattern PROGRAM = Pattern.compile("(?s)```java\n(.*?)```");

  @TempDir private Path folder;

  @Test
  void itsProgramsRun() throws Exception {
    Path model = folder.resolve("model.safetensors");
    Config config = new Config(256, 64, 32, 2, 1, 16, 2);
    try (Checkpoint random = RandomModel.create(config, WeightType.F32, 3)) {
      Conversion.run(random, model, new Conversion.Target.Same(), Map.of());
    }
    List<String> programs =
        PROGRAM.matcher(Files.readString(GUIDE)).results().map(this::source).toList();
    assertThat(programs).hasSize(5);
    PrintStream out = System.out;
    for (int i = 0; i < programs.size(); i++) {
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      try {
        run("Program" + i, programs.get(i).replace("PROGRAM", "Program" + i));
      } finally {
        System.setOut(out);
      }
      assertThat(printed.size()).isPositive();
    }
    assertThat(folder.resolve("story.state")).isNotEmptyFile();
  }

  /** The program as a class that finds its files in the test's folder. */
  private String source(MatchResult block) {
    Map<Boolean, List<String>> lines =
        block
            .group(1)
            .replace("Path.of(\"", "Path.of(\"" + folder + "/")
            .lines()
            .collect(Collectors.partitioningBy(line -> line.startsWith("import ")));
    return String.join("\n", lines.get(true))
        + "\npublic class PROGRAM { public static void run() throws Exception {\n"
        + String.join("\n", lines.get(false))
        + "\n}}\n";
  }

  private void run(String name, String source) throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".java"), source);
    compile(file);
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      classes.loadClass(name).getMethod("run").invoke(null);
    }
  }

  private void compile(Path file) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-classpath", classPath, "-d", folder.toString(), "-proc:none"),
                null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
            .call();
    assertThat(compiled).as(messages.toString()).isTrue();
  }
}
