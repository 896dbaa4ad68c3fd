package dev.rwkvx.cli;

import static java.util.stream.Collectors.joining;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.TensorHeader;
import dev.rwkvx.model.CacheOptions;
import dev.rwkvx.model.CacheOptions.Spill;
import dev.rwkvx.model.Config;
import dev.rwkvx.model.LoadedType;
import dev.rwkvx.model.ModelShape;
import dev.rwkvx.training.Adapters;
import dev.rwkvx.training.InitialStates;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code rwkvx info}: what a checkpoint holds. Reads headers only, the weights when they are to be
 * verified.
 */
@Command(name = "info", description = "Show what a checkpoint holds.")
final class InfoCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "FILE", description = PulledModels.DESCRIPTION)
  private Path file;

  @Option(names = "--tensors", description = "List all tensors: name, type, shape, bytes.")
  private boolean tensors;

  @Option(
      names = "--verify",
      description = "Read the whole file and compare the checksums of its tensors.")
  private boolean verify;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "32K",
      converter = TokenCount.class,
      description = "Tokens in the state whose memory is told (default: ${DEFAULT-VALUE}).")
  private int context;

  @Mixin private final CacheArguments cache = new CacheArguments();

  @Override
  public Integer call() {
    cache.options();
    try (Checkpoint checkpoint = Checkpoint.open(PulledModels.resolve(file))) {
      List<TensorHeader> headers =
          checkpoint.names().stream()
              .map(n -> new TensorHeader(n, checkpoint.type(n), checkpoint.shape(n)))
              .toList();
      field("file", checkpoint.path() + " (" + checkpoint.format() + ")");
      if (checkpoint.rearranged() > 0) {
        String count = Text.count(checkpoint.rearranged());
        field("rearranged", count + " tensors, which are transposed when they are read");
      }
      printModel(checkpoint);
      field("parameters", Text.count(TypeShares.of(headers).elements()));
      field("types", TypeShares.of(headers).describe());
      printConverted(headers);
      field("size", Text.bytes(headers.stream().mapToLong(TensorHeader::byteSize).sum()));
      printMemory(checkpoint);
      checkpoint.metadata().forEach(this::printMetadata);
      if (verify) {
        field("checksums", verified(checkpoint));
      }
      if (tensors) {
        print(headers);
      }
    }
    return 0;
  }

  /** Fails at the first tensor that does not have its checksum. */
  private static String verified(Checkpoint checkpoint) {
    long right = checkpoint.names().stream().filter(checkpoint::hasChecksum).count();
    checkpoint.names().forEach(checkpoint::tensor);
    return right == 0
        ? "none"
        : "right in %d of %d tensors".formatted(right, checkpoint.names().size());
  }

  private void printModel(Checkpoint checkpoint) {
    if (!ModelShape.isModel(checkpoint)) {
      field("kind", otherKind(checkpoint.names()));
      return;
    }
    boolean hybrid = !ModelShape.prefix(checkpoint).isEmpty();
    field("kind", hybrid ? "RWKV-X" : "RWKV-7");
    try {
      print(
          ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty()),
          checkpoint.metadata());
    } catch (InputException broken) {
      // What else the file holds is wanted all the more.
      field("broken", String.valueOf(broken.getMessage()));
      return;
    }
    String block = ModelShape.prefix(checkpoint) + "blocks.0.";
    // Block 0 has no value residual.
    String second = ModelShape.prefix(checkpoint) + "blocks.1.";
    field(
        "low-rank",
        "decay %s, learning rate %s, value %s, gate %s"
            .formatted(
                dimension(checkpoint, block + "att.w1", 1),
                dimension(checkpoint, block + "att.a1", 1),
                dimension(checkpoint, second + "att.v1", 1),
                dimension(checkpoint, block + "att.g1", 1)));
    field("FFN", dimension(checkpoint, block + "ffn.key.weight", 0));
  }

  /** What quantised matrices become in memory; the embedding stays as it is. */
  private void printConverted(List<TensorHeader> headers) {
    String converted =
        headers.stream()
            .filter(header -> !header.name().endsWith("emb.weight"))
            .map(TensorHeader::type)
            .filter(DType::isQuantized)
            .distinct()
            .sorted()
            .map(type -> type.label() + " " + converted(LoadedType.of(type).orElseThrow()))
            .collect(joining(", "));
    if (!converted.isEmpty()) {
      field("converted", converted);
    }
  }

  private static String converted(LoadedType loaded) {
    return "to "
        + loaded.type().name().toLowerCase(Locale.ROOT)
        + switch (loaded.exactness()) {
          case EXACT -> " (the same weights)";
          case ROUNDED_SCALES -> " (the same codes, scales rounded)";
          case ROUNDED -> " (weights rounded)";
        };
  }

  private static String otherKind(Set<String> names) {
    if (!names.isEmpty() && names.stream().allMatch(Adapters::isAdapter)) {
      return "low-rank adapters of " + names.size() / 2 + " matrices";
    }
    if (!names.isEmpty() && names.stream().allMatch(InitialStates::isState)) {
      return "initial states of " + names.size() + " blocks";
    }
    return "unknown: neither RWKV-7 nor RWKV-X";
  }

  private void print(Config config, Map<String, String> metadata) {
    field("vocabulary", String.valueOf(config.vocabulary()));
    field("embedding", String.valueOf(config.embedding()));
    field("heads", config.heads() + " × " + config.headSize());
    if (config.sparseBlocks() == 0) {
      field("blocks", config.rwkvBlocks() + " RWKV-7");
    } else {
      field(
          "blocks",
          config.rwkvBlocks() + " RWKV-7 + " + config.sparseBlocks() + " sparse attention");
      field("chunk size", config.chunkSize() + source(metadata, ModelShape.CHUNK_SIZE_KEY));
      if (config.keyWidth() > 0) {
        field("key convolution", config.keyWidth() + " tokens");
      }
      field("top k", config.topK() + source(metadata, ModelShape.TOP_K_KEY));
    }
  }

  private void printMemory(Checkpoint checkpoint) {
    MemoryNeed need;
    try {
      need =
          MemoryNeed.of(
              checkpoint, ModelShape.read(checkpoint, OptionalInt.empty(), OptionalInt.empty()));
    } catch (InputException noModel) {
      return;
    }
    String matrices =
        need.matrices().entrySet().stream()
            .map(e -> Text.bytes(e.getValue()) + " " + e.getKey().name().toLowerCase(Locale.ROOT))
            .collect(joining(" + "));
    field(
        "weights loaded",
        "%s: matrices %s, embedding %s, vectors %s"
            .formatted(
                Text.bytes(need.weights()),
                matrices,
                Text.bytes(need.embedding()),
                Text.bytes(need.vectors())));
    CacheOptions options = cache.options();
    boolean spilled = options.policy() instanceof Spill;
    long entries = need.cache(context, options);
    field(
        "state",
        "%s recurrent; after %s tokens %s of keys and values (%s)%s"
            .formatted(
                Text.bytes(need.recurrentState()),
                Text.count(context),
                Text.bytes(entries),
                cache.name(),
                spilled ? " in a file" : ""));
    long memory = need.weights() + need.recurrentState() + (spilled ? 0 : entries);
    field(
        "memory",
        "about %s: weights, state and %s for the JVM"
            .formatted(Text.bytes(memory + MemoryNeed.JVM), Text.bytes(MemoryNeed.JVM)));
  }

  private static String source(Map<String, String> metadata, String key) {
    return metadata.containsKey(key) ? "" : " (the default: the file does not tell)";
  }

  private static String dimension(Checkpoint checkpoint, String name, int index) {
    long[] shape = checkpoint.contains(name) ? checkpoint.shape(name) : new long[0];
    return index < shape.length ? String.valueOf(shape[index]) : "missing";
  }

  private void printMetadata(String key, String value) {
    boolean vocabulary = key.equals(ModelShape.VOCABULARY_KEY) && value.contains("\n");
    // Its first line is not of the vocabulary.
    String tokens = Text.count(value.lines().count() - 1);
    field(Text.fromFile(key), vocabulary ? tokens + " tokens in the file" : value);
  }

  private void print(List<TensorHeader> headers) {
    PrintStream out = main.out;
    List<String> names = headers.stream().map(h -> Text.fromFile(h.name())).toList();
    List<String> shapes = headers.stream().map(h -> Arrays.toString(h.shape())).toList();
    int nameWidth = longest(names);
    int shapeWidth = longest(shapes);
    out.println();
    for (int i = 0; i < names.size(); i++) {
      TensorHeader header = headers.get(i);
      String line = "%-" + nameWidth + "s  %-4s  %-" + shapeWidth + "s  %d%n";
      out.printf(line, names.get(i), header.type().label(), shapes.get(i), header.byteSize());
    }
  }

  private void field(String name, String value) {
    main.out.printf("%-16s %s%n", name, Text.fromFile(value));
  }

  private static int longest(List<String> words) {
    return words.stream().mapToInt(String::length).max().orElse(1);
  }
}
