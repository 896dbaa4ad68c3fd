package dev.rwkvx.plots;

import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines over a common x axis, as a picture. Of a line of very many points, means of neighbours are
 * drawn.
 *
 * @param title above the picture; may be empty
 * @param xAxis what stands on the x axis, with its unit
 * @param yAxis what stands on the y axis, with its unit
 * @param xScale of the x axis
 * @param yScale of the y axis
 * @param series the lines
 */
public record Chart(
    String title, String xAxis, String yAxis, Scale xScale, Scale yScale, List<Series> series)
    implements Picture {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;

  /** More than a picture shows apart; the library takes minutes over some hundred thousand. */
  private static final int MOST_POINTS = 2_000;

  /** Told apart also by those who see fewer colours (after Okabe and Ito). */
  private static final List<Integer> COLOURS =
      List.of(0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000);

  /** How an axis runs. */
  public enum Scale {
    /** Equal distances are equal differences; a y axis begins at 0 if nothing lies below. */
    LINEAR,
    /** The same from about the smallest value on, for values that hardly differ. */
    CLOSE,
    /** From 0 to 1, for shares. */
    SHARE,
    /** Base 10; points that are not positive are left out. */
    LOG
  }

  @Override
  public void write(Path file) throws IOException {
    Format format = Format.of(file);
    XYChart drawn = draw();
    if (drawn.getSeriesCollection().isEmpty()) {
      throw new InputException(file + ": there is no point to draw");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    switch (format) {
      case PNG -> BitmapEncoder.saveBitmap(drawn, bytes, BitmapFormat.PNG);
      case SVG -> VectorGraphicsEncoder.saveVectorGraphic(drawn, bytes, VectorGraphicsFormat.SVG);
    }
    AtomicFile.write(file, bytes.toByteArray());
  }

  private XYChart draw() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .build();
    style(chart.getStyler());
    for (Series line : series) {
      Series shown = visible(line).averaged(MOST_POINTS);
      if (shown.x().length > 0) {
        add(chart, shown);
      }
    }
    return chart;
  }

  private void style(XYStyler style) {
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotGridLinesColor(new Color(0xDDDDDD));
    style.setPlotBorderVisible(false);
    style.setLegendPosition(LegendPosition.OutsideS);
    style.setLegendLayout(LegendLayout.Horizontal);
    style.setLegendBorderColor(Color.WHITE);
    style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    style.setXAxisLogarithmic(xScale == Scale.LOG);
    style.setYAxisLogarithmic(yScale == Scale.LOG);
    style.setXAxisLogarithmicDecadeOnly(false);
    style.setYAxisLogarithmicDecadeOnly(false);
    style.setXAxisTickLabelsFormattingFunction(value -> label(xScale, value));
    style.setYAxisTickLabelsFormattingFunction(value -> label(yScale, value));
    if (yScale == Scale.SHARE) {
      style.setYAxisMin(0.0);
      style.setYAxisMax(1.0);
    }
    if (yScale == Scale.LINEAR && series.stream().noneMatch(Chart::goesBelowZero)) {
      style.setYAxisMin(0.0);
    }
  }

  private static boolean goesBelowZero(Series line) {
    return Arrays.stream(line.y()).anyMatch(y -> y < 0);
  }

  private static void add(XYChart chart, Series line) {
    int number = chart.getSeriesCollection().size();
    String name = line.name().isEmpty() ? "series " + (number + 1) : line.name();
    for (int copy = 2; chart.getSeries(name) != null; copy++) {
      name = line.name() + " (" + copy + ")";
    }
    XYSeries drawn = chart.addSeries(name, line.x(), line.y());
    drawn.setLineColor(new Color(COLOURS.get(number % COLOURS.size())));
    drawn.setLineStyle(new BasicStroke(2f));
    drawn.setMarkerColor(new Color(COLOURS.get(number % COLOURS.size())));
    // Points of a long curve would hide it.
    drawn.setMarker(line.x().length > 60 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
  }

  private Series visible(Series line) {
    int[] kept =
        IntStream.range(0, line.x().length)
            .filter(i -> fits(xScale, line.x()[i]) && fits(yScale, line.y()[i]))
            .toArray();
    return new Series(
        line.name(),
        Arrays.stream(kept).mapToDouble(i -> line.x()[i]).toArray(),
        Arrays.stream(kept).mapToDouble(i -> line.y()[i]).toArray());
  }

  private static boolean fits(Scale scale, double value) {
    return Double.isFinite(value) && (scale != Scale.LOG || value > 0);
  }

  /** A number of an axis: 0.002, 25, 40k, 1.5M. Logarithmic axes have 1, 2, 5, 10 … only. */
  private static String label(Scale scale, double value) {
    double size = Math.abs(value);
    if (scale == Scale.LOG) {
      double first = size / Math.pow(10, Math.floor(Math.log10(size) + 1e-9));
      if (IntStream.of(1, 2, 5).noneMatch(digit -> Math.abs(first - digit) < 1e-6)) {
        return "";
      }
    }
    if (size >= 1e9) {
      return plain(value / 1e9) + "G";
    }
    if (size >= 1e6) {
      return plain(value / 1e6) + "M";
    }
    return size >= 1e4 ? plain(value / 1e3) + "k" : plain(value);
  }

  private static String plain(double value) {
    String digits = String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
    return digits.equals("-0") ? "0" : digits;
  }
}
