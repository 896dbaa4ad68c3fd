package dev.rwkvx.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of requests, as the HTTP connection asks for them. What that one leaves open is decided
 * here: empty lines before a request are passed over; chunks have sizes of hexadecimal digits
 * alone, extensions and trailers are dropped, each ends with a line break, and large ones are
 * handed over in pieces. Whatever does not hold ends the connection with a 400.
 */
final class RequestReader extends DataReader {
  private static final int LONGEST_LINE = 4096;
  private static final int MOST_LINES = 100;
  private static final int PIECE = 1 << 16;
  private static final int SIZE_DIGITS = 7;

  private final long maxBody;
  private final Listener listener;
  private boolean atStart = true;

  /** Bytes of the chunk that are still to be handed over. */
  private int left;

  /** Whether the line break behind a piece of a chunk is due. */
  private boolean pieceEnds;

  /** Whether the last chunk has come. */
  private boolean last;

  /** Bytes of the body, as far as chunks have told them. */
  private long total;

  /** Why nothing more can be read. */
  private @Nullable RequestException failure;

  /** Hears of requests. */
  interface Listener {
    /** The first line of a request is awaited. */
    void awaited();

    /** The first line of a request has come. */
    void begun();
  }

  /**
   * @param maxBody the most bytes of a body in chunks
   */
  @SuppressWarnings("removal") // the only constructor
  RequestReader(Supplier<byte[]> source, long maxBody, Listener listener) {
    super(source);
    this.maxBody = maxBody;
    this.listener = listener;
  }

  /** The next line is the first of a request, once the rest of this one has been read. */
  void start() {
    atStart = true;
  }

  @Override
  public int findNewLine(int max) {
    if (atStart) {
      left = 0;
      pieceEnds = false;
      last = false;
      total = 0;
      listener.awaited();
    }
    int end = super.findNewLine(max);
    if (atStart) {
      for (int lines = 0; end == 0 && lines < MOST_LINES; lines++) {
        super.skip(2);
        end = super.findNewLine(max);
      }
      atStart = false;
      listener.begun();
    }
    return end;
  }

  /** The size of a chunk or of a piece of one; behind the last chunk, the end of the body. */
  @Override
  public String readLine() {
    if (failure != null) {
      throw failure;
    }
    if (left == 0 && last) {
      for (int lines = 0; !line().isEmpty(); lines++) {
        require(lines < MOST_LINES, "has too many trailers");
      }
      return "";
    }
    if (left == 0) {
      left = size(line());
      last = left == 0;
      total += left;
      if (total > maxBody) {
        throw refused(Status.REQUEST_ENTITY_TOO_LARGE_413, "The body is too large");
      }
    }
    return Integer.toHexString(Math.min(left, PIECE));
  }

  private String line() {
    int end;
    try {
      end = super.findNewLine(LONGEST_LINE);
    } catch (IncorrectNewLineException e) {
      throw malformed("has a line that does not end with CR LF");
    }
    require(end < LONGEST_LINE, "has a line that is too long");
    String line = readAsciiString(end);
    super.skip(2);
    return line;
  }

  private int size(String line) {
    int semicolon = line.indexOf(';');
    String digits = (semicolon < 0 ? line : line.substring(0, semicolon)).stripTrailing();
    require(digits.matches("[0-9a-fA-F]+"), "has a chunk without a size");
    String significant = digits.replaceFirst("^0+", "");
    require(significant.length() <= SIZE_DIGITS, "has a chunk that is too large");
    return significant.isEmpty() ? 0 : Integer.parseInt(significant, 16);
  }

  @Override
  public BufferData readBuffer(int length) {
    BufferData buffer = super.readBuffer(length);
    if (left > 0) {
      left -= length;
      pieceEnds = true;
    }
    return buffer;
  }

  @Override
  public void skip(int count) {
    if (!pieceEnds) {
      super.skip(count);
      return;
    }
    pieceEnds = false;
    if (left == 0) {
      require(read() == '\r' && read() == '\n', "has a chunk that is longer than its size");
    }
  }

  private void require(boolean holds, String problem) {
    if (!holds) {
      throw malformed(problem);
    }
  }

  private RequestException malformed(String problem) {
    return refused(Status.BAD_REQUEST_400, "The body " + problem);
  }

  private RequestException refused(Status status, String message) {
    failure =
        RequestException.builder()
            .type(DirectHandler.EventType.BAD_REQUEST)
            .status(status)
            .setKeepAlive(false)
            .message(message)
            .safeMessage(true)
            .build();
    return failure;
  }
}
