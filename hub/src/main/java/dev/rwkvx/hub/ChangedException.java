package dev.rwkvx.hub;

import java.io.IOException;

/** The server has another file now than the one on its list. */
final class ChangedException extends IOException {
  private static final long serialVersionUID = 1L;

  ChangedException(RemoteFile file) {
    super(file.path() + " is not the one that the hub listed; it changes on the server");
  }
}
