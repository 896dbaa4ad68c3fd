package dev.rwkvx.training.data;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnSchema;
import dev.rwkvx.InputException;
import dev.rwkvx.training.data.GuardedCalls.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The texts of a column of a Parquet file; rows without one are passed over. */
final class ParquetDocuments implements DocumentReader {
  /** A batch takes a fraction of a second. */
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Path file;
  private final long before;
  private final long size;
  private final GuardedCalls library;
  private final ParquetFileReader reader;
  private final ColumnReader column;
  private final long rows;
  private long row;
  private Batch batch = new Batch(0, new byte[0], new int[1], new boolean[0]);
  private int at;

  /** Texts that follow one another; text {@code i} ends where the next one begins. */
  private record Batch(int count, byte[] values, int[] offsets, boolean[] absent) {
    static Batch of(ColumnReader column) {
      int count = column.getRecordCount();
      byte[] values = column.getBinaryValues();
      int[] offsets = Arrays.copyOf(column.getBinaryOffsets(), count + 1);
      boolean[] absent = new boolean[count];
      for (int i = 0; i < count; i++) {
        absent[i] = column.getLeafValidity().isNull(i);
        Objects.checkFromToIndex(offsets[i], offsets[i + 1], values.length);
      }
      return new Batch(count, values, offsets, absent);
    }
  }

  ParquetDocuments(Path file, String field, long before) throws IOException {
    this(file, field, before, LIMIT);
  }

  /**
   * @param limit of the time for a batch
   */
  ParquetDocuments(Path file, String field, long before, Duration limit) throws IOException {
    this.file = file;
    this.before = before;
    size = Files.size(file);
    library = new GuardedCalls(limit);
    try {
      reader = library.call(() -> ParquetFileReader.open(InputFile.of(file)));
    } catch (Failure e) {
      library.close();
      throw unreadable(e);
    }
    try {
      rows = library.call(() -> reader.getFileMetaData().numRows());
      column = library.call(() -> reader.columnReader(checked(field)));
    } catch (Failure e) {
      close(reader);
      library.close();
      throw e.getCause() instanceof InputException wrong ? wrong : unreadable(e);
    }
  }

  @Override
  public @Nullable Document next() {
    do {
      if (at == batch.count && !nextBatch()) {
        return null;
      }
      row++;
      at++;
    } while (batch.absent[at - 1]);
    long read = rows > 0 ? (long) ((double) size * Math.min(row, rows) / rows) : size;
    var place = new Document.Place("row", row);
    return new Document(
        batch.values, batch.offsets[at - 1], batch.offsets[at], file, place, before + read);
  }

  @Override
  public void close() {
    close(column);
    close(reader);
    library.close();
  }

  /** What is left of a damaged file's reader may fail once more. */
  private void close(AutoCloseable part) {
    try {
      library.call(() -> {
        part.close();
        return true;
      });
    } catch (Failure _) {
      // The file is not needed any more.
    }
  }

  private boolean nextBatch() {
    at = 0;
    try {
      batch = library.call(this::readBatch);
    } catch (Failure e) {
      throw unreadable(e);
    }
    return batch.count > 0;
  }

  private Batch readBatch() {
    while (column.nextBatch()) {
      Batch next = Batch.of(column);
      if (next.count > 0) {
        return next;
      }
    }
    return new Batch(0, new byte[0], new int[1], new boolean[0]);
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

  private InputException unreadable(Failure failure) {
    return new InputException(
        file + ": cannot be read as a Parquet file: " + failure.getMessage(), failure);
  }
}
