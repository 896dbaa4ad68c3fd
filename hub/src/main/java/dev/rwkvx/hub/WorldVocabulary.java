package dev.rwkvx.hub;

import java.util.List;

/** The vocabulary of all published World, G1 and RWKV-X models, whose own repositories lack it. */
final class WorldVocabulary {
  /** The name under which the engine looks for it beside a model. */
  static final String FILE = "rwkv_vocab_v20230424.txt";

  /** Repositories that hold it, the first choice first. */
  static final List<RepositoryName> SOURCES =
      List.of(
          new RepositoryName("fla-hub", "rwkv7-191M-world"),
          new RepositoryName("RWKV", "rwkv-6-world-1b6"),
          new RepositoryName("fla-hub", "rwkv7-2.9B-world"));

  private static final long SIZE = 1_093_733;
  private static final ContentHash GIT =
      new ContentHash.GitBlob("b8c3f7260d2cac8b83bfbe7bc43f462fef8c4012");
  private static final ContentHash LARGE =
      new ContentHash.Sha256("e6dee3d4e31b4d5c40ac99508ac6c701ceef4bed681bf2167ce9a908552bca89");

  private WorldVocabulary() {}

  /** Whether a file is this vocabulary, and not another one of its name. */
  static boolean is(RemoteFile file) {
    return file.name().equals(FILE)
        && file.size() == SIZE
        && (file.hash().equals(GIT) || file.hash().equals(LARGE));
  }
}
