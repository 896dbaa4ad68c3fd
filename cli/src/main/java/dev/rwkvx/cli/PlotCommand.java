package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.plots.Chart;
import dev.rwkvx.plots.Chart.Scale;
import dev.rwkvx.plots.HeatMap;
import dev.rwkvx.plots.Picture;
import dev.rwkvx.plots.Series;
import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code rwkvx plot}: columns of CSV files as lines of one picture. */
@Command(
    name = "plot",
    description = "Draw columns of CSV files, such as those of bench and eval, as one picture.")
final class PlotCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(arity = "1..*", paramLabel = "CSV", description = "Files with a header.")
  private List<Path> files;

  @Option(
      names = "--x",
      paramLabel = "COLUMN",
      required = true,
      description = "What stands on the x axis.")
  private String x;

  @Option(
      names = "--y",
      paramLabel = "COLUMN",
      split = ",",
      required = true,
      description = "What stands on the y axis; a line for each column.")
  private List<String> ys;

  @Option(
      names = "--by",
      paramLabel = "COLUMN",
      description = "A line for each value of this column, such as kv_cache (default: per file).")
  private @Nullable String by;

  @Option(
      names = "--heat",
      paramLabel = "COLUMN",
      description = "Draw this column as colours over --x and --y instead, a grid for each file.")
  private @Nullable String heat;

  @Option(
      names = "--log",
      paramLabel = "AXES",
      defaultValue = "none",
      description = "Logarithmic axes: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Axes log;

  @Option(
      names = "--close",
      description =
          "The y axis begins near the smallest value and not at 0, for small differences.")
  private boolean close;

  @Option(names = "--title", paramLabel = "TEXT", description = "Stands above the picture.")
  private String title = "";

  @Option(
      names = "--x-label",
      paramLabel = "TEXT",
      description = "Stands at the x axis (default: the column).")
  private @Nullable String xLabel;

  @Option(
      names = "--y-label",
      paramLabel = "TEXT",
      description = "Stands at the y axis (default: the columns).")
  private @Nullable String yLabel;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The picture: *.png or *.svg.")
  private Path out;

  private enum Axes {
    none,
    x,
    y,
    xy
  }

  @Override
  public Integer call() throws IOException {
    Picture.requireName(out);
    return heat == null ? drawLines() : drawGrids(heat);
  }

  private int drawGrids(String value) throws IOException {
    if (by != null || ys.size() > 1 || log != Axes.none || close) {
      throw new InputException(
          "--heat goes with one column for --y, without --by, --log and --close");
    }
    String y = ys.getFirst();
    List<HeatMap.Panel> grids = new ArrayList<>();
    for (Path file : files) {
      grids.add(Table.read(file).grid(stem(file), x, y, value));
    }
    new HeatMap(title, xLabel != null ? xLabel : x, yLabel != null ? yLabel : y, value, grids)
        .write(out);
    main.out.printf("%s: %d grids%n", out, grids.size());
    return 0;
  }

  private int drawLines() throws IOException {
    boolean logarithmicY = log == Axes.y || log == Axes.xy;
    if (close && logarithmicY) {
      throw new InputException("--close goes with a y axis that is not logarithmic");
    }
    List<Series> lines = new ArrayList<>();
    for (Path file : files) {
      lines.addAll(lines(file));
    }
    new Chart(
            title,
            xLabel != null ? xLabel : x,
            yLabel != null ? yLabel : String.join(", ", ys),
            log == Axes.x || log == Axes.xy ? Scale.LOG : Scale.LINEAR,
            logarithmicY ? Scale.LOG : close ? Scale.CLOSE : Scale.LINEAR,
            lines)
        .write(out);
    main.out.printf("%s: %d lines%n", out, lines.size());
    return 0;
  }

  private List<Series> lines(Path file) {
    String stem = stem(file);
    Table table = Table.read(file);
    List<Series> lines = new ArrayList<>();
    for (String y : ys) {
      String column = ys.size() == 1 && !(stem.isEmpty() && by == null) ? "" : y;
      List<Series> parts = by == null ? List.of(table.series("", x, y)) : table.seriesBy(by, x, y);
      for (Series part : parts) {
        lines.add(new Series(name(stem, part.name(), column), part.x(), part.y()));
      }
    }
    return lines;
  }

  /**
   * What tells one of several files: its name without the ending, or its folder where others have
   * the same name.
   */
  private String stem(Path file) {
    Path name = file.getFileName();
    if (name == null) {
      throw new InputException(file + ": expected a CSV file");
    }
    if (files.size() == 1) {
      return "";
    }
    Path folder = file.toAbsolutePath().normalize().getParent();
    boolean shared = files.stream().filter(other -> other.endsWith(name)).count() > 1;
    return shared && folder != null
        ? String.valueOf(folder.getFileName())
        : name.toString().replaceFirst("\\.[^.]*$", "");
  }

  /** What tells a line from the others: its file, its value of {@code --by}, its column. */
  private static String name(String... parts) {
    List<String> known = new ArrayList<>(List.of(parts));
    known.removeIf(String::isEmpty);
    return String.join(" ", known);
  }
}
