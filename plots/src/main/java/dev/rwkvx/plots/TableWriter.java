package dev.rwkvx.plots;

import dev.rwkvx.InputException;
import dev.rwkvx.io.LineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a CSV file row by row, so that a long run that is interrupted keeps what it has measured,
 * and goes on with a file that is there already.
 */
public final class TableWriter implements AutoCloseable {
  private final LineFile file;
  private final List<String> columns;
  private final List<List<String>> rows;

  private TableWriter(LineFile file, List<String> columns, List<List<String>> rows) {
    this.file = file;
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * Opens a file for further rows, or makes it.
   *
   * @param file CSV with a header
   * @param columns names, in order
   * @return the open file, to be closed by the caller
   * @throws InputException when the file exists and has other columns, or cannot be written
   */
  public static TableWriter open(Path file, List<String> columns) {
    try {
      if (!Files.exists(file) || Files.size(file) == 0) {
        TableWriter writer = new TableWriter(LineFile.open(file), columns, new ArrayList<>());
        writer.write(columns);
        return writer;
      }
      Table table = Table.read(file);
      if (!table.columns().equals(columns)) {
        throw new InputException(
            "%s: has the columns %s; expected %s, or a new file"
                .formatted(file, Csv.line(table.columns()), Csv.line(columns)));
      }
      return new TableWriter(LineFile.open(file), columns, new ArrayList<>(table.rows()));
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e + ")", e);
    }
  }

  /** {@return the rows of the file, those that were there before included} */
  public List<List<String>> rows() {
    return List.copyOf(rows);
  }

  /**
   * {@return whether there is a row that begins with these fields}
   *
   * @param first fields of the first columns
   */
  public boolean has(List<String> first) {
    return rows.stream().anyMatch(row -> row.subList(0, first.size()).equals(first));
  }

  /**
   * Appends a row and hands it to the device.
   *
   * @param row a field for each column
   * @throws IOException when the device does not take it
   */
  public void append(List<String> row) throws IOException {
    if (row.size() != columns.size()) {
      throw new IllegalArgumentException(row.size() + " fields for " + columns.size() + " columns");
    }
    write(row);
    rows.add(List.copyOf(row));
  }

  private void write(List<String> fields) throws IOException {
    file.append(List.of(Csv.line(fields)));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
