package dev.rwkvx.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names by which clients may call a server that asks for no keys. A web page can have a name of
 * its own point to this machine, and is then believed to be the server's own page: so unknown names
 * are refused. Numbers are no names that a page could have.
 */
final class HostNames {
  private static final String ANY = "*";
  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern NUMERIC =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

  private final Set<String> names = new HashSet<>(LOCAL);
  private final boolean numbers;

  /**
   * @param host that the server listens on
   * @param others by which it may be called, too; {@code *} is all
   */
  HostNames(String host, List<String> others) {
    others.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    numbers = !LOCAL.contains(host) && !host.equals("::1");
    if (numbers) {
      names.add(host.toLowerCase(Locale.ROOT));
      addOwn();
    }
  }

  private void addOwn() {
    try {
      String own = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      names.add(own);
      names.add(own + ".local");
    } catch (UnknownHostException e) {
      // A machine without a name is called by its number.
    }
  }

  /**
   * Whether a client may call the server so.
   *
   * @param host as the header has it, with or without a port
   */
  boolean allow(String host) {
    String name = host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
    return names.contains(ANY)
        || names.contains(name)
        || numbers && NUMERIC.matcher(name).matches();
  }
}
