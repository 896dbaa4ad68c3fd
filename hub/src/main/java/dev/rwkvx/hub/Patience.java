package dev.rwkvx.hub;

import java.time.Duration;

/**
 * How long to wait for a server and how often to try again.
 *
 * @param connect for a connection
 * @param stall for an answer, and for the next bytes of a file
 * @param firstWait before the second attempt; doubles with each further one
 * @param longestWait between two attempts, unless the server asks for more
 * @param attempts that may fail in a row; those that brought a file forward do not count
 */
public record Patience(
    Duration connect, Duration stall, Duration firstWait, Duration longestWait, int attempts) {
  /**
   * Rides out a router that starts again, and gives up after three minutes without a byte.
   *
   * @return waits of up to 30 seconds, and an end after ten attempts without a byte
   */
  public static Patience usual() {
    return new Patience(
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(1),
        Duration.ofSeconds(30),
        10);
  }
}
