package dev.rwkvx.training.data;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnSchema;
import dev.rwkvx.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The texts of a column of a Parquet file; rows without one are passed over. */
final class ParquetDocuments implements DocumentReader {
  private final Path file;
  private final long before;
  private final long size;
  private final ParquetFileReader reader;
  private final ColumnReader column;
  private final long rows;
  private long row;
  private byte[] values = {};
  private int[] offsets = {0};
  private int batch;
  private int at;

  ParquetDocuments(Path file, String field, long before) throws IOException {
    this.file = file;
    this.before = before;
    size = Files.size(file);
    try {
      reader = ParquetFileReader.open(InputFile.of(file));
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
    try {
      rows = reader.getFileMetaData().numRows();
      column = reader.columnReader(checked(field));
    } catch (RuntimeException e) {
      reader.close();
      throw e instanceof InputException ? e : unreadable(e);
    }
  }

  @Override
  public @Nullable Document next() {
    try {
      do {
        if (at == batch && !nextBatch()) {
          return null;
        }
        row++;
        at++;
      } while (column.getLeafValidity().isNull(at - 1));
    } catch (RuntimeException e) {
      throw unreadable(e);
    }
    long read = rows > 0 ? (long) ((double) size * Math.min(row, rows) / rows) : size;
    var place = new Document.Place("row", row);
    return new Document(values, offsets[at - 1], offsets[at], file, place, before + read);
  }

  @Override
  public void close() throws IOException {
    column.close();
    reader.close();
  }

  private boolean nextBatch() {
    at = 0;
    batch = 0;
    if (!column.nextBatch()) {
      return false;
    }
    batch = column.getRecordCount();
    values = column.getBinaryValues();
    offsets = column.getBinaryOffsets();
    return batch > 0 || nextBatch();
  }

  private String checked(String field) {
    ColumnSchema found =
        reader.getFileSchema().getColumns().stream()
            .filter(candidate -> candidate.fieldPath().matchesDottedName(field))
            .findFirst()
            .orElseThrow(() -> new InputException(file + ": there is no column '" + field + "'"));
    if (found.type() != PhysicalType.BYTE_ARRAY || found.maxRepetitionLevel() > 0) {
      throw new InputException(
          "%s: expected texts in the column '%s', found %s"
              .formatted(file, field, found.maxRepetitionLevel() > 0 ? "lists" : found.type()));
    }
    return field;
  }

  private InputException unreadable(Exception cause) {
    return new InputException(
        file + ": cannot be read as a Parquet file: " + cause.getMessage(), cause);
  }
}
