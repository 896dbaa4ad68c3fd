package dev.rwkvx.hub;

/**
 * A file in a repository, as the hub's list has it.
 *
 * @param path in the repository, checked to lead nowhere else
 * @param size in bytes
 * @param hash of its content
 */
public record RemoteFile(String path, long size, ContentHash hash) {
  /** {@return the last part of the path} */
  public String name() {
    return RemotePath.fileName(path);
  }
}
