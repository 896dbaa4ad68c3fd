package dev.rwkvx.training.data;

import java.io.IOException;
import java.nio.file.Path;

/** Token streams for tests. */
final class TokenFiles {
  private TokenFiles() {}

  /** A stream of documents as they are. */
  static Path write(Path prefix, TokenType type, int[]... documents) throws IOException {
    try (TokenFileWriter writer = TokenFileWriter.create(prefix, type)) {
      for (int[] document : documents) {
        writer.add(document, 0, document.length);
      }
      writer.commit();
    }
    return prefix;
  }

  /** A stream of one document with the tokens 1, 2, …, count − 1 modulo 50,000 and 0. */
  static Path counting(Path prefix, int count) throws IOException {
    int[] document = new int[count];
    for (int i = 0; i < count - 1; i++) {
      document[i] = 1 + i % 50_000;
    }
    return write(prefix, TokenType.UINT16, document);
  }

  static int[] all(TokenFile file) {
    int[] tokens = new int[Math.toIntExact(file.tokens())];
    file.read(0, tokens, 0, tokens.length);
    return tokens;
  }

  static int[] document(TokenFile file, long document) {
    int[] tokens = new int[Math.toIntExact(file.end(document) - file.start(document))];
    file.read(file.start(document), tokens, 0, tokens.length);
    return tokens;
  }
}
