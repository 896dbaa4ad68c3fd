package dev.rwkvx.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  private static final Pattern ADDRESS = Pattern.compile("m is served at (http://127.0.0.1:\\d+)");

  @TempDir private Path folder;

  @Test
  @Timeout(120)
  void servesUntilItIsInterrupted() throws Exception {
    Path model = RandomModels.write(folder.resolve("m.safetensors"), 256, "bytes");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Thread server =
        Thread.ofPlatform()
            .start(() ->
                Main.run(
                    InputStream.nullInputStream(),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    "serve",
                    "--model",
                    model.toString(),
                    "--port",
                    "0"));
    String url = null;
    while (url == null && server.isAlive()) {
      Thread.sleep(20);
      Matcher address = ADDRESS.matcher(out.toString(StandardCharsets.UTF_8));
      url = address.find() ? address.group(1) : null;
    }
    assertThat(url).as(out.toString(StandardCharsets.UTF_8)).isNotNull();
    Rwkvx bench =
        Rwkvx.run(
            "bench", "serve", "--url", url, "--clients", "1,3", "--tokens", "5", "--rounds", "2");
    assertThat(bench.exitCode()).as(bench.err()).isZero();
    assertThat(bench.out().lines()).hasSize(3);
    server.interrupt();
    server.join();
  }

  @Test
  @Timeout(120)
  void mistakesAreNamed() throws Exception {
    Path model = RandomModels.write(folder.resolve("m.safetensors"), 256, "bytes");
    Path empty = Files.writeString(folder.resolve("keys"), "\n");
    fails(model, "has no keys", "--api-keys", empty.toString());
    fails(model, "no such file", "--api-keys", folder.resolve("absent").toString());
    fails(model, "go together", "--tls-cert", "a.pem");
    fails(model, "--max-time", "--max-time", "0");
    fails(model, "max batch", "--max-batch", "0");
    fails(model, "found 70000", "--port", "70000");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      fails(model, "cannot listen", "--port", Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    Rwkvx bench = Rwkvx.run("bench", "serve", "--url", "http://127.0.0.1:1");
    assertThat(bench.exitCode()).isEqualTo(2);
    assertThat(bench.err()).contains("--url is http://127.0.0.1:1, where nothing answers");
  }

  private static void fails(Path model, String message, String... options) {
    Rwkvx run =
        Rwkvx.run(
            Stream.concat(Stream.of("serve", "--model", model), Stream.of(options)).toArray());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
