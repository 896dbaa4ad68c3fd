package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.model.Config;
import picocli.CommandLine.Option;

/** The key convolution of new sparse blocks. */
final class KeyConvolutionArguments {
  @Option(
      names = "--key-conv",
      paramLabel = "W",
      defaultValue = "0",
      description =
          "Convolve the keys of sparse blocks over W tokens, 3 or 5, so that a key knows the tokens"
              + " before its own (default: 0, plain keys as in the paper).")
  private int width;

  /**
   * {@return taps; 0 for plain keys}
   *
   * @throws InputException when it is negative or too large
   */
  int width() {
    if (width < 0 || width > Config.MAX_KEY_WIDTH) {
      throw new InputException(
          "--key-conv is %d; expected 0 … %d".formatted(width, Config.MAX_KEY_WIDTH));
    }
    return width;
  }
}
