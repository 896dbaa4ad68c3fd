package dev.rwkvx.hub;

import java.io.IOException;

/** What a server sends is not what it lists. */
final class WrongContentException extends IOException {
  private static final long serialVersionUID = 1L;

  WrongContentException(String message) {
    super(message);
  }
}
