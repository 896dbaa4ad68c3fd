package dev.rwkvx.hub;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is pulled as one: a file, or the index of a sharded checkpoint with its shards.
 *
 * @param main what programs open
 * @param shards the other files; empty unless {@code main} is an index
 */
public record ModelFile(RemoteFile main, List<RemoteFile> shards) {
  private static final Pattern CHECKPOINT = Pattern.compile(".*\\.(?:pth|safetensors|st)");
  private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}-of-\\d{5}\\.safetensors");
  private static final String INDEX = ".safetensors.index.json";

  /** Whether a path is that of a checkpoint, or of the index of a sharded one. */
  static boolean isModel(String path) {
    return path.endsWith(INDEX)
        || (CHECKPOINT.matcher(path).matches() && !SHARD.matcher(path).matches());
  }

  /** The file with its shards, out of all files of its repository. */
  static ModelFile of(RemoteFile main, List<RemoteFile> all) {
    if (!main.path().endsWith(INDEX)) {
      return new ModelFile(main, List.of());
    }
    String start = main.path().substring(0, main.path().length() - INDEX.length());
    return new ModelFile(
        main, all.stream().filter(f -> shardOf(f.path()).equals(Optional.of(start))).toList());
  }

  private static Optional<String> shardOf(String path) {
    Matcher shard = SHARD.matcher(path);
    return shard.matches() ? Optional.of(shard.group(1)) : Optional.empty();
  }

  /** {@return the size of all files, in bytes} */
  public long size() {
    return shards.stream().mapToLong(RemoteFile::size).reduce(main.size(), Math::addExact);
  }
}
