package dev.rwkvx.server.http;

import dev.rwkvx.InputException;
import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Certificates and keys out of files. */
public final class TlsContexts {
  private static final char[] NO_PASSWORD = {};

  private TlsContexts() {}

  /**
   * {@return what a PKCS #12 or JKS file holds}
   *
   * @param file a key and its certificates
   * @param password of the file and of the key
   * @throws InputException when it cannot be used
   */
  public static Tls ofKeyStore(Path file, String password) {
    requireFile(file);
    try {
      char[] characters = password.toCharArray();
      return tls(KeyStore.getInstance(file.toFile(), characters), characters);
    } catch (IOException | GeneralSecurityException e) {
      throw new InputException(
          file + ": the key store cannot be used; is the password right? " + e.getMessage(), e);
    }
  }

  /**
   * {@return what a PEM file of certificates and one of a key hold}
   *
   * @param certificates that of the server first
   * @param key PKCS #8, not encrypted
   * @throws InputException when they cannot be used
   */
  public static Tls ofPem(Path certificates, Path key) {
    requireFile(certificates);
    requireFile(key);
    try {
      Keys keys =
          Keys.builder()
              .pem(pem -> pem.key(Resource.create(key)).certChain(Resource.create(certificates)))
              .build();
      PrivateKey secret = keys.privateKey().orElseThrow(() -> unusable(key, "a private key"));
      Certificate[] chain = keys.certChain().toArray(Certificate[]::new);
      if (chain.length == 0) {
        throw unusable(certificates, "a certificate");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, NO_PASSWORD);
      store.setKeyEntry("server", secret, NO_PASSWORD, chain);
      return tls(store, NO_PASSWORD);
    } catch (InputException e) {
      throw e;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new InputException(
          "%s and %s cannot be used: %s".formatted(certificates, key, e.getMessage()), e);
    }
  }

  private static void requireFile(Path file) {
    if (!Files.isReadable(file)) {
      throw new InputException(file + ": no such file, or it cannot be read");
    }
  }

  private static InputException unusable(Path file, String expected) {
    return new InputException(file + " holds no PEM block; expected " + expected);
  }

  private static Tls tls(KeyStore store, char[] password) throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return Tls.builder().sslContext(context).build();
  }
}
