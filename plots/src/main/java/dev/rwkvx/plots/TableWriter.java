package dev.rwkvx.plots;

import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a CSV file row by row, so that a long run that is interrupted keeps what it has measured,
 * and goes on with a file that is there already.
 */
public final class TableWriter implements AutoCloseable {
  private final FileChannel channel;
  private final List<String> columns;
  private final List<List<String>> rows;

  private TableWriter(FileChannel channel, List<String> columns, List<List<String>> rows) {
    this.channel = channel;
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * Opens a file for further rows, or makes it.
   *
   * @throws InputException when the file exists and has other columns, or cannot be written
   */
  public static TableWriter open(Path file, List<String> columns) {
    try {
      if (!Files.exists(file) || Files.size(file) == 0) {
        TableWriter writer = new TableWriter(channel(file), columns, new ArrayList<>());
        writer.write(columns);
        return writer;
      }
      Table table = Table.read(file);
      if (!table.columns().equals(columns)) {
        throw new InputException(
            "%s: has the columns %s; expected %s, or a new file"
                .formatted(file, Csv.line(table.columns()), Csv.line(columns)));
      }
      FileChannel channel = channel(file);
      channel.truncate(afterLastLine(channel));
      channel.position(channel.size());
      return new TableWriter(channel, columns, new ArrayList<>(table.rows()));
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e + ")", e);
    }
  }

  private static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Where the last line that was written whole ends. */
  private static long afterLastLine(FileChannel channel) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    for (long at = channel.size(); at > 0; at--) {
      last.clear();
      if (channel.read(last, at - 1) == 1 && last.get(0) == '\n') {
        return at;
      }
    }
    return 0;
  }

  /** The rows of the file, those that were there before included. */
  public List<List<String>> rows() {
    return List.copyOf(rows);
  }

  /** Whether there is a row that begins with these fields. */
  public boolean has(List<String> first) {
    return rows.stream().anyMatch(row -> row.subList(0, first.size()).equals(first));
  }

  /**
   * Appends a row and hands it to the device.
   *
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
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(Csv.line(fields) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
