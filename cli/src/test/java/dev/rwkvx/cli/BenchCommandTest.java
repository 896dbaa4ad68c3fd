package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rwkvx.plots.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  @TempDir private Path folder;

  private static Rwkvx run(String command, Object... more) {
    List<Object> arguments = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    arguments.addAll(List.of("--random", "L1+1xC64", "--warm-up", "0"));
    arguments.addAll(List.of(more));
    Rwkvx run = Rwkvx.run(arguments.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return run;
  }

  private static List<String> column(Path csv, String name) {
    Table table = Table.read(csv);
    int at = table.columns().indexOf(name);
    return table.rows().stream().map(row -> row.get(at)).toList();
  }

  @Test
  void everySizeGetsALineInTheTableAndInTheFile() throws IOException {
    Path csv = folder.resolve("bench.csv");
    Path plot = folder.resolve("bench.svg");
    Rwkvx run = run("bench --prefill 8,4 --decode 16 --batch 1,2", "--csv", csv, "--plot", plot);
    assertThat(run.out()).containsPattern("prefill +4 ").containsPattern("decode +16 +2 ");
    assertThat(column(csv, "test")).containsExactly("prefill", "prefill", "decode", "decode");
    assertThat(column(csv, "context")).containsExactly("4", "8", "16", "16");
    assertThat(column(csv, "batch")).containsExactly("1", "1", "1", "2");
    assertThat(column(csv, "tokens_per_second")).allMatch(n -> Double.parseDouble(n) > 0);
    assertThat(plot).isNotEmptyFile();
  }

  @Test
  void anInterruptedDecodeRunGoesOn() throws IOException {
    Path csv = folder.resolve("decode.csv");
    run("bench decode --contexts 8 --steps 8 --threads 1", "--csv", csv);
    List<String> before = Files.readAllLines(csv);
    Files.writeString(csv, String.join("\n", before) + "\nL1+1xC64,bf16,1,3,exact,4");
    run("bench decode --contexts 8,4K --steps 8 --threads 1", "--csv", csv);
    assertThat(Files.readAllLines(csv)).startsWith(before.toArray(String[]::new)).hasSize(3);
    assertThat(column(csv, "context")).containsExactly("8", "4096");
    for (String policy : List.of("bounded --kv-budget 1000", "spill --kv-type bf16")) {
      run("bench decode --contexts 4K --steps 8 --kv-cache " + policy, "--csv", csv);
    }
    assertThat(column(csv, "kv_cache"))
        .containsExactly("exact", "exact", "bounded 1000", "spill bf16");
    long[] cache = column(csv, "cache_bytes").stream().mapToLong(Long::parseLong).toArray();
    assertThat(cache[1]).isGreaterThan(cache[0]);
    assertThat(cache[2]).isLessThan(cache[1]);
    assertThat(cache[3]).isLessThan(cache[1]);
    assertThat(column(csv, "resident_bytes")).allMatch(n -> Long.parseLong(n) > 1 << 20);
  }

  @Test
  void prefillIsDrawnForEachTopK() throws IOException {
    Path csv = folder.resolve("prefill.csv");
    Path plot = folder.resolve("prefill.png");
    run("bench prefill --lengths 4,8", "--csv", csv);
    run("bench prefill --lengths 8 --top-k all", "--csv", csv, "--plot", plot);
    assertThat(column(csv, "top_k")).containsExactly("3", "3", "all");
    assertThat(plot).isNotEmptyFile();
  }

  @Test
  void trainingIsMeasuredForEachShapeAndLength() throws IOException {
    Path csv = folder.resolve("train.csv");
    Path plot = folder.resolve("train.svg");
    String command =
        "bench train --shape L2xC64,L1+1xC64 --vocab-size 32 --chunk-size 8 --warm-up 0 --steps 1";
    for (String contexts : List.of("40", "20,40")) {
      List<Object> arguments = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
      arguments.addAll(List.of("--contexts", contexts, "--csv", csv, "--plot", plot));
      Rwkvx run = Rwkvx.run(arguments.toArray());
      assertThat(run.err()).isEmpty();
      assertThat(run.exitCode()).isZero();
    }
    assertThat(column(csv, "model")).containsExactly("L2xC64", "L1+1xC64", "L2xC64", "L1+1xC64");
    assertThat(column(csv, "context")).containsExactly("40", "40", "20", "20");
    assertThat(column(csv, "chunk_size")).containsExactly("", "8", "", "8");
    assertThat(column(csv, "tokens_per_second")).allMatch(n -> Double.parseDouble(n) > 0);
    assertThat(column(csv, "peak_resident_bytes")).allMatch(n -> Long.parseLong(n) > 1 << 20);
    assertThat(plot).isNotEmptyFile();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bench                                     | rwkvx bench: expected one of --model
          bench --random L1xC64 --model x           | rwkvx bench: expected one of --model
          bench --random L1xC64 --prefill x         | rwkvx bench: invalid value for option '--prefill'
          bench --random L1xC64 --plot a.png        | rwkvx bench: --plot draws the rows of a CSV file
          bench --random L1xC64 --batch 0           | rwkvx bench: --batch is 0; expected 1 to 1024
          bench --random L1xC6                      | rwkvx bench: Impossible model: embedding size 6
          bench decode --random L1xC64 --top-k none | rwkvx bench decode: --top-k is 'none'
          bench --random L1xC64 --kv-budget 100     | rwkvx bench: --kv-cache-max goes with --kv-cache bounded
          bench decode --random L1xC64 --contexts 0 | rwkvx bench decode: --contexts is 0
          bench train                               | rwkvx bench train: expected one of --model
          bench train --shape L1xC64 --top-k 0      | rwkvx bench train: --top-k is 0; expected 1
          bench train --model x --vocab-size 9      | rwkvx bench train: --vocab-size goes with --shape
          bench train --model missing.pth           | rwkvx bench train: missing.pth: no such file
          bench prefill --model missing.pth         | rwkvx bench prefill: missing.pth: no such file
          """)
  void badOptionsGetOneSentence(String line, String start) {
    Rwkvx run = Rwkvx.run((Object[]) line.split(" "));
    assertThat(run.err()).startsWith(start).hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
  }
}
