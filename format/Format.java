import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Runs google-java-format over every Java file of the project: {@code check|write FOLDER}. */
final class Format {
  private static final Set<String> SKIPPED_FOLDERS = Set.of("target", ".git");

  public static void main(String[] args) throws Exception {
    boolean write = args[0].equals("write");
    List<String> command = new ArrayList<>();
    command.addAll(write ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    command.addAll(javaFiles(Path.of(args[1]).toRealPath()));

    PrintWriter output = new PrintWriter(System.out, true);
    PrintWriter errors = new PrintWriter(System.err, true);
    int status = new Main(output, errors, System.in).format(command.toArray(String[]::new));
    errors.flush();
    if (status != 0 && !write) {
      System.err.println(
          "These files are not formatted; run: mvn -q -pl format verify -Dformat=write");
    }
    System.exit(status);
  }

  private static List<String> javaFiles(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            boolean skip = SKIPPED_FOLDERS.contains(path.getFileName().toString());
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            if (path.toString().endsWith(".java")) {
              files.add(path.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
