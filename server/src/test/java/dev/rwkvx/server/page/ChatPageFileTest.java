package dev.rwkvx.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of the chat page, without a browser. */
class ChatPageFileTest {
  private static final int MOST_BYTES = 40_000;

  /** The policy lets run only the script and the style that are in the page, known by hashes. */
  @ParameterizedTest
  @ValueSource(strings = {"script", "style"})
  void thePolicyNamesTheHashOfWhatThePageHas(String tag) throws Exception {
    String page = page();
    int begin = page.indexOf("<" + tag + ">") + tag.length() + 2;
    String content = page.substring(begin, page.indexOf("</" + tag + ">", begin));
    assertThat(page).contains("%s-src '%s'".formatted(tag, hash(content)));
  }

  @Test
  void isSmallAndAsksForNothingElse() throws IOException {
    assertThat(page().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES);
    assertThat(page())
        .contains("default-src 'none'")
        .doesNotContain("innerHTML", "src=", "@import", "url(", "style=");
  }

  private static String hash(String content) throws NoSuchAlgorithmException {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }

  private static String page() throws IOException {
    return new String(StubServer.page(), StandardCharsets.UTF_8);
  }
}
