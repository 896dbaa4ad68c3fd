package dev.rwkvx.cli;

import dev.rwkvx.plots.Table;
import java.util.ArrayList;
import java.util.List;

/** A table as text: names at the left, numbers at the right of their columns. */
final class TextTable {
  private TextTable() {}

  static String of(Table table) {
    List<List<String>> lines = new ArrayList<>(List.of(table.columns()));
    lines.addAll(table.rows());
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        int column = i;
        int width = lines.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
        String space = " ".repeat(width - line.get(i).length());
        text.append(i == 0 ? line.get(i) + space : "  " + space + line.get(i));
      }
      text.append(System.lineSeparator());
    }
    return text.toString();
  }
}
