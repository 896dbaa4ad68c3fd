package dev.rwkvx.spark;

import dev.rwkvx.generate.TextModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.LongAccumulator;

/**
 * Works through the rows of a partition, group by group, in their order. A row comes with the
 * columns to keep, then those of {@link Corpus}.
 */
final class PartitionTask implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final ModelSource source;
  private final String fingerprint;
  private final Work work;
  private final int kept;
  private final LongAccumulator rowsDone;
  private final LongAccumulator tokensDone;

  /**
   * @param kept columns of a row that are copied
   */
  PartitionTask(
      ModelSource source,
      String fingerprint,
      Work work,
      int kept,
      LongAccumulator rowsDone,
      LongAccumulator tokensDone) {
    this.source = source;
    this.fingerprint = fingerprint;
    this.work = work;
    this.kept = kept;
    this.rowsDone = rowsDone;
    this.tokensDone = tokensDone;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Results(rows);
  }

  private final class Results implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Deque<Row> ready = new ArrayDeque<>();

    Results(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      if (ready.isEmpty() && rows.hasNext()) {
        nextGroup();
      }
      return !ready.isEmpty();
    }

    @Override
    public Row next() {
      return ready.remove();
    }

    private void nextGroup() {
      List<Row> group = new ArrayList<>();
      List<Work.Text> texts = new ArrayList<>();
      while (group.size() < work.group() && rows.hasNext()) {
        Row row = rows.next();
        group.add(row);
        if (row.isNullAt(kept + Corpus.ERROR)) {
          texts.add(
              new Work.Text(row.getString(kept + Corpus.KEY), row.getString(kept + Corpus.TEXT)));
        }
      }
      TextModel model = ExecutorModels.get(source, fingerprint);
      Iterator<Outcome> outcomes = work.results(model, texts).iterator();
      for (Row row : group) {
        String error = row.getString(kept + Corpus.ERROR);
        ready.add(result(row, error == null ? outcomes.next() : new Outcome.Failed(error)));
      }
    }

    private Row result(Row row, Outcome outcome) {
      Object[] values = new Object[kept + work.columns().length() + 1];
      for (int i = 0; i < kept; i++) {
        values[i] = row.get(i);
      }
      switch (outcome) {
        case Outcome.Done done -> {
          for (int i = 0; i < done.values().size(); i++) {
            values[kept + i] = done.values().get(i);
          }
          tokensDone.add(done.tokens());
        }
        case Outcome.Failed failed -> values[values.length - 1] = failed.error();
      }
      rowsDone.add(1);
      return RowFactory.create(values);
    }
  }
}
