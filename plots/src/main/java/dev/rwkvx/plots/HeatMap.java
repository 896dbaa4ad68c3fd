package dev.rwkvx.plots;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.rwkvx.InputException;
import dev.rwkvx.io.AtomicFile;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import javax.imageio.ImageIO;

/**
 * Grids of coloured cells side by side, on one scale: from 0 to 1, further where values go further.
 *
 * @param title above the picture; may be empty
 * @param xAxis what the columns are
 * @param yAxis what the rows are
 * @param scale what the colours are
 * @param panels the grids, at least one
 */
public record HeatMap(String title, String xAxis, String yAxis, String scale, List<Panel> panels)
    implements Picture {
  private static final int MARGIN = 24;
  private static final int BOTTOM = 56;
  private static final int BAR = 18;
  private static final int BAR_SPACE = 84;
  private static final int LEAST_WIDTH = 260;
  private static final int MOST_WIDTH = 704;
  private static final int USUAL_CELL = 40;
  private static final int ROW = 30;
  private static final int LETTER = 7;

  private static final Font HEADING = new Font(Font.SANS_SERIF, Font.BOLD, 16);
  private static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

  /** Even steps for the eye, also for those who see fewer colours and in print (viridis). */
  private static final int[] COLOURS = {0x440154, 0x3B528B, 0x21918C, 0x5EC962, 0xFDE725};

  private static final Color ABSENT = new Color(0xEEEEEE);

  /**
   * A grid.
   *
   * @param title above it; may be empty
   * @param columns their names, from the left
   * @param rows their names, from the top
   * @param values [row][column]; NaN where there is none
   */
  @SuppressWarnings("ArrayRecordComponent") // identity is meant
  public record Panel(String title, List<String> columns, List<String> rows, double[][] values) {
    /** Checks that there are values for all cells. */
    public Panel {
      if (values.length != rows.size()
          || Arrays.stream(values).anyMatch(row -> row.length != columns.size())) {
        throw new IllegalArgumentException("values do not fit the rows and columns");
      }
    }

    private int width() {
      return Math.clamp((long) columns.size() * USUAL_CELL, LEAST_WIDTH, MOST_WIDTH);
    }

    private int height() {
      return rows.size() * ROW;
    }

    /** Room for the names of the rows and of what they are. */
    private int left() {
      return 52 + LETTER * rows.stream().mapToInt(String::length).max().orElse(0);
    }

    private DoubleStream numbers() {
      return Arrays.stream(values).flatMapToDouble(Arrays::stream).filter(Double::isFinite);
    }
  }

  @Override
  public void write(Path file) throws IOException {
    Format format = Format.of(file);
    if (panels.stream().flatMapToDouble(Panel::numbers).findAny().isEmpty()) {
      throw new InputException(file + ": there is no value to draw");
    }
    int width =
        MARGIN
            + panels.stream().mapToInt(panel -> panel.left() + panel.width()).sum()
            + BAR_SPACE
            + MARGIN;
    int height =
        top() + panels.stream().mapToInt(Panel::height).max().orElseThrow() + BOTTOM + MARGIN / 2;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    switch (format) {
      case PNG -> {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(
            RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        draw(g, width, height);
        g.dispose();
        ImageIO.write(image, "png", bytes);
      }
      case SVG -> {
        VectorGraphics2D g = new VectorGraphics2D();
        draw(g, width, height);
        Processors.get("svg")
            .getDocument(g.getCommands(), new PageSize(0, 0, width, height))
            .writeTo(bytes);
      }
    }
    AtomicFile.write(file, bytes.toByteArray());
  }

  /** Where the grids begin. */
  private int top() {
    boolean named = panels.stream().anyMatch(panel -> !panel.title().isEmpty());
    return MARGIN + (title.isEmpty() ? 0 : 30) + (named ? 24 : 0);
  }

  private void draw(Graphics2D g, int width, int height) {
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    g.setColor(Color.BLACK);
    g.setFont(HEADING);
    centred(g, title, width / 2, MARGIN + 12);
    double low = Math.min(0, panels.stream().flatMapToDouble(Panel::numbers).min().orElse(0));
    double high = Math.max(1, panels.stream().flatMapToDouble(Panel::numbers).max().orElse(1));
    int left = MARGIN;
    for (Panel panel : panels) {
      draw(g, panel, left + panel.left(), low, high);
      left += panel.left() + panel.width();
    }
    drawScale(g, left + MARGIN, panels.getLast().height(), low, high);
  }

  private void draw(Graphics2D g, Panel panel, int left, double low, double high) {
    int top = top();
    g.setColor(Color.BLACK);
    g.setFont(LABEL);
    centred(g, panel.title(), left + panel.width() / 2, top - 8);
    centred(g, xAxis, left + panel.width() / 2, top + panel.height() + 40);
    turned(g, yAxis, left - panel.left() + 26, top + panel.height() / 2);
    double cell = (double) panel.width() / panel.columns().size();
    for (int row = 0; row < panel.rows().size(); row++) {
      int y = top + row * ROW;
      g.setFont(SMALL);
      g.setColor(Color.BLACK);
      String name = label(panel.rows().get(row));
      g.drawString(name, left - 6 - g.getFontMetrics().stringWidth(name), y + ROW / 2 + 4);
      for (int column = 0; column < panel.columns().size(); column++) {
        int x = left + (int) Math.round(column * cell);
        int next = left + (int) Math.round((column + 1) * cell);
        drawCell(g, panel.values()[row][column], x, y, next - x, low, high);
      }
    }
    drawColumnNames(g, panel, left, top + panel.height() + 16, cell);
  }

  private static void drawCell(
      Graphics2D g, double value, int x, int y, int width, double low, double high) {
    double share = (value - low) / (high - low);
    g.setColor(Double.isFinite(value) ? colour(share) : ABSENT);
    // A thin line between the cells.
    g.fillRect(x, y, width - 1, ROW - 1);
    String number = number(value, high);
    // All cells have numbers, or none.
    if (Double.isFinite(value) && width > g.getFontMetrics().stringWidth(number(high, high)) + 3) {
      g.setColor(share < 0.6 ? Color.WHITE : Color.BLACK);
      centred(g, number, x + width / 2, y + ROW / 2 + 4);
    }
  }

  /** As many names as there is room for, the first among them. */
  private static void drawColumnNames(Graphics2D g, Panel panel, int left, int y, double cell) {
    g.setColor(Color.BLACK);
    FontMetrics metrics = g.getFontMetrics();
    List<String> names = panel.columns().stream().map(HeatMap::label).toList();
    int widest = names.stream().mapToInt(metrics::stringWidth).max().orElse(0);
    int step = Math.max(1, (int) Math.ceil((widest + 4) / cell));
    for (int column = 0; column < names.size(); column += step) {
      centred(g, names.get(column), left + (int) ((column + 0.5) * cell), y);
    }
  }

  private void drawScale(Graphics2D g, int left, int height, double low, double high) {
    int top = top();
    for (int i = 0; i < height; i++) {
      g.setColor(colour(1 - (i + 0.5) / height));
      g.fillRect(left, top + i, BAR, 1);
    }
    g.setColor(Color.BLACK);
    g.setFont(SMALL);
    g.drawString(number(high, high), left + BAR + 5, top + 10);
    g.drawString(number(low, high), left + BAR + 5, top + height);
    turned(g, scale, left + BAR + 22, top + height / 2);
  }

  private static void centred(Graphics2D g, String text, int x, int y) {
    g.drawString(text, x - g.getFontMetrics().stringWidth(text) / 2, y);
  }

  /** Text that runs upwards. */
  private static void turned(Graphics2D g, String text, int x, int y) {
    AffineTransform upright = g.getTransform();
    g.rotate(-Math.PI / 2, x, y);
    centred(g, text, x, y);
    g.setTransform(upright);
  }

  /** Of a share between 0 and 1. */
  private static Color colour(double share) {
    double place = Math.clamp(share, 0, 1) * (COLOURS.length - 1);
    int from = (int) Math.min(place, COLOURS.length - 2);
    double part = place - from;
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int a = COLOURS[from] >> shift & 0xFF;
      int b = COLOURS[from + 1] >> shift & 0xFF;
      mixed |= (int) Math.round(a + (b - a) * part) << shift;
    }
    return new Color(mixed);
  }

  /** A share in per cent, other values as they are. */
  private static String number(double value, double high) {
    return high > 1
        ? String.format(Locale.ROOT, "%.3g", value)
        : String.format(Locale.ROOT, "%.0f%%", 100 * value);
  }

  /** Numbers of tokens the short way: 2048 is 2K. */
  private static String label(String name) {
    if (!name.matches("[1-9]\\d{3,17}")) {
      return name;
    }
    long count = Long.parseLong(name);
    if (count % (1 << 20) == 0) {
      return (count >> 20) + "M";
    }
    return count % (1 << 10) == 0 ? (count >> 10) + "K" : name;
  }
}
