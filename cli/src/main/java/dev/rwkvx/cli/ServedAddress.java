package dev.rwkvx.cli;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;

/** The address at which others find a server. */
final class ServedAddress {
  private ServedAddress() {}

  /**
   * {@return whether only this machine reaches it}
   *
   * @param host that a server listens on
   */
  static boolean isLocal(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /**
   * {@return an address that can be opened}
   *
   * @param host that a server listens on, which may stand for all addresses of this machine
   */
  static String url(String host, int port, boolean encrypted) {
    String name = host;
    try {
      if (InetAddress.getByName(host).isAnyLocalAddress()) {
        name = reachable().orElse("127.0.0.1");
      }
    } catch (UnknownHostException e) {
      // Whatever the server listens on.
    }
    return "%s://%s:%d"
        .formatted(
            encrypted ? "https" : "http", name.contains(":") ? "[" + name + "]" : name, port);
  }

  /** An address by which others reach this machine. */
  private static Optional<String> reachable() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(InetAddress::getHostAddress)
          .filter(address -> !address.contains(":"))
          .findFirst();
    } catch (SocketException e) {
      return Optional.empty();
    }
  }
}
