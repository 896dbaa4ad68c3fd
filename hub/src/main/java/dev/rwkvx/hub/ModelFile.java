package dev.rwkvx.hub;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is pulled as one: a file; or the index of a sharded checkpoint, or the first part of a split
 * file, with all parts; and what tells its settings and its vocabulary.
 *
 * @param main what programs open
 * @param parts the other files with weights
 * @param companions files of words beside the weights: {@code config.json}, vocabularies
 */
public record ModelFile(RemoteFile main, List<RemoteFile> parts, List<RemoteFile> companions) {
  private static final Pattern CHECKPOINT = Pattern.compile(".*\\.(?:pth|safetensors|st|gguf)");
  private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}-of-\\d{5}\\.safetensors");
  private static final String INDEX = ".safetensors.index.json";
  private static final Pattern COMPANION =
      Pattern.compile(
          "config\\.json|generation_config\\.json|tokenizer\\.json|tokenizer_config\\.json"
              + "|special_tokens_map\\.json|added_tokens\\.json|chat_template\\.jinja"
              + "|vocab\\.txt|rwkv_vocab_\\w+\\.txt");

  /** Whether a path is that of a checkpoint, or of the index of a sharded one. */
  static boolean isModel(String path) {
    return path.endsWith(INDEX)
        || (CHECKPOINT.matcher(path).matches()
            && !SHARD.matcher(path).matches()
            && !GgufPath.isFurtherPart(path));
  }

  /** The file with what belongs to it, out of all files of its repository. */
  static ModelFile of(RemoteFile main, List<RemoteFile> all) {
    return new ModelFile(
        main,
        all.stream().filter(file -> isPart(file.path(), main.path())).toList(),
        all.stream().filter(file -> isCompanion(file.path(), main.path())).toList());
  }

  /** Whether a path is that of further weights of a model. */
  static boolean isPart(String path, String model) {
    if (model.endsWith(INDEX)) {
      Matcher shard = SHARD.matcher(path);
      String start = model.substring(0, model.length() - INDEX.length());
      return shard.matches() && shard.group(1).equals(start);
    }
    return GgufPath.isPartOf(path, model);
  }

  /** Whether a path is that of a file which tells more of a model in safetensors. */
  private static boolean isCompanion(String path, String model) {
    return (model.endsWith(INDEX) || model.endsWith(".safetensors"))
        && RemotePath.folder(path).equals(RemotePath.folder(model))
        && isCompanion(RemotePath.fileName(path));
  }

  /** Whether a name is that of a file which tells more of models in its folder. */
  static boolean isCompanion(String name) {
    return COMPANION.matcher(name).matches();
  }

  /** {@return the size of all files, in bytes} */
  public long size() {
    return parts.stream().mapToLong(RemoteFile::size).reduce(main.size(), Math::addExact)
        + companions.stream().mapToLong(RemoteFile::size).sum();
  }
}
