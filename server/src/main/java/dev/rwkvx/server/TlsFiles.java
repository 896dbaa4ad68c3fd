package dev.rwkvx.server;

import java.nio.file.Path;

/** Where the certificate of a server and its key lie. */
public sealed interface TlsFiles {
  /**
   * In a PKCS #12 or JKS file, both under the same password.
   *
   * @param file a key and its certificates
   * @param password of the file and of the key
   */
  record KeyStoreFile(Path file, String password) implements TlsFiles {
    @Override
    public String toString() {
      return "KeyStoreFile[" + file + "]";
    }
  }

  /**
   * In PEM files: the certificate, followed by those that vouch for it, and the key, in PKCS #8.
   *
   * @param certificates that of the server first
   * @param key not encrypted
   */
  record PemFiles(Path certificates, Path key) implements TlsFiles {}
}
