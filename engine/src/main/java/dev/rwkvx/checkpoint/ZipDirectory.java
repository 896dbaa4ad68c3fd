package dev.rwkvx.checkpoint;

import dev.rwkvx.io.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The entries of a zip archive as views of its bytes. Only stored entries are read: what torch
 * writes, and what can be mapped. The central directory alone is believed about sizes, because
 * local headers may leave them to a data descriptor. Source: APPNOTE.TXT 6.3.10.
 */
final class ZipDirectory {
  private static final String LOCAL_HEADER = "PK\3\4";
  private static final String CENTRAL_HEADER = "PK\1\2";
  private static final String END = "PK\5\6";
  private static final String ZIP64_LOCATOR = "PK\6\7";
  private static final String ZIP64_END = "PK\6\6";

  private static final int LOCAL_HEADER_SIZE = 30;
  private static final int CENTRAL_HEADER_SIZE = 46;
  private static final int END_SIZE = 22;
  private static final int ZIP64_LOCATOR_SIZE = 20;
  private static final int ZIP64_END_SIZE = 56;
  private static final int MAX_COMMENT = 0xffff;

  private static final int ZIP64_EXTRA = 0x0001;
  private static final long IN_ZIP64 = 0xffff_ffffL;
  private static final int COUNT_IN_ZIP64 = 0xffff;
  private static final int ENCRYPTED = 1;
  private static final int STORED = 0;

  /** Where the central directory lies and how many entries it has. */
  private record Extent(long start, long size, long entries) {}

  /** The bytes an entry occupies, local header included. */
  private record Range(String name, long start, long end) {}

  /**
   * An entry.
   *
   * @param bytes its content
   * @param crc32 the checksum that the directory says its content has; it is not looked at here
   */
  record Entry(MemorySegment bytes, int crc32) {}

  private final ByteSource source;
  private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
  private final List<Range> ranges = new ArrayList<>();

  private ZipDirectory(ByteSource source) {
    this.source = source;
  }

  /** All entries by name, in the order of the central directory. */
  static SequencedMap<String, Entry> read(ByteSource source) {
    ZipDirectory directory = new ZipDirectory(source);
    directory.readEntries(directory.findCentralDirectory());
    directory.refuseOverlaps();
    return directory.entries;
  }

  private Extent findCentralDirectory() {
    long end = findEnd();
    Extent extent =
        new Extent(
            source.unsignedInt(end + 16),
            source.unsignedInt(end + 12),
            source.unsignedShort(end + 10));
    boolean zip64 =
        extent.start == IN_ZIP64 || extent.size == IN_ZIP64 || extent.entries == COUNT_IN_ZIP64;
    long locator = end - ZIP64_LOCATOR_SIZE;
    if (zip64 && source.startsWith(locator, ZIP64_LOCATOR)) {
      end = source.signedLong(locator + 8);
      if (!source.startsWith(end, ZIP64_END) || end > locator - ZIP64_END_SIZE) {
        throw source.error("its zip64 directory is damaged");
      }
      extent =
          new Extent(
              source.signedLong(end + 48),
              source.signedLong(end + 40),
              source.signedLong(end + 32));
    }
    if (extent.start < 0 || extent.size < 0 || extent.start > end - extent.size) {
      throw source.error("its zip directory lies outside the file; truncated or damaged");
    }
    if (extent.entries < 0
        || extent.entries > extent.size / CENTRAL_HEADER_SIZE
        || extent.entries > StoredTensors.MAX_TENSORS) {
      throw source.error("its zip directory declares " + extent.entries + " entries; damaged");
    }
    return extent;
  }

  private long findEnd() {
    long last = source.size() - END_SIZE;
    for (long at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
      if (source.startsWith(at, END) && source.unsignedShort(at + 20) == last - at) {
        return at;
      }
    }
    throw source.error("starts like a zip archive but has no directory at its end; truncated");
  }

  private void readEntries(Extent extent) {
    long at = extent.start;
    long end = extent.start + extent.size;
    for (long i = 0; i < extent.entries; i++) {
      if (!source.startsWith(at, CENTRAL_HEADER)) {
        throw source.error("entry " + i + " of its zip directory is damaged");
      }
      int nameLength = source.unsignedShort(at + 28);
      int extraLength = source.unsignedShort(at + 30);
      int commentLength = source.unsignedShort(at + 32);
      long next = at + CENTRAL_HEADER_SIZE + nameLength + extraLength + commentLength;
      if (next > end) {
        throw source.error("entry " + i + " of its zip directory is damaged");
      }
      readEntry(at, nameLength, extraLength, extent.start);
      at = next;
    }
  }

  private void readEntry(long at, int nameLength, int extraLength, long dataEnd) {
    String name = source.utf8(at + CENTRAL_HEADER_SIZE, nameLength);
    int method = source.unsignedShort(at + 10);
    if ((source.unsignedShort(at + 8) & ENCRYPTED) != 0) {
      throw source.error("entry '" + name + "' is encrypted; expected stored entries");
    }
    if (method != STORED) {
      throw source.error(
          "entry '"
              + name
              + "' is compressed (method "
              + method
              + "); torch stores its entries, unpack and save the checkpoint again");
    }
    long compressed = source.unsignedInt(at + 20);
    long size = source.unsignedInt(at + 24);
    long start = source.unsignedInt(at + 42);
    // The zip64 extra field has, in this order, those of the three that did not fit.
    long extra = zip64Extra(at + CENTRAL_HEADER_SIZE + nameLength, extraLength);
    if (size == IN_ZIP64 && extra >= 0) {
      size = source.signedLong(extra);
      extra += Long.BYTES;
    }
    if (compressed == IN_ZIP64 && extra >= 0) {
      compressed = source.signedLong(extra);
      extra += Long.BYTES;
    }
    if (start == IN_ZIP64 && extra >= 0) {
      start = source.signedLong(extra);
    }
    if (compressed != size) {
      throw source.error(
          "stored entry '" + name + "' has two sizes, " + compressed + " and " + size);
    }
    MemorySegment content = content(name, nameLength, start, size, dataEnd);
    if (entries.putIfAbsent(name, new Entry(content, source.signedInt(at + 16))) != null) {
      throw source.error("has two entries '" + name + "'");
    }
  }

  private long zip64Extra(long at, int length) {
    long end = at + length;
    while (at + 4 <= end) {
      int fieldLength = source.unsignedShort(at + 2);
      if (source.unsignedShort(at) == ZIP64_EXTRA) {
        return at + 4;
      }
      at += 4 + fieldLength;
    }
    return -1;
  }

  private MemorySegment content(String name, int nameLength, long start, long size, long dataEnd) {
    if (!source.startsWith(start, LOCAL_HEADER)
        || start > dataEnd - LOCAL_HEADER_SIZE
        || source.unsignedShort(start + 26) != nameLength) {
      throw source.error("entry '" + name + "' has no matching local header; damaged");
    }
    long data = start + LOCAL_HEADER_SIZE + nameLength + source.unsignedShort(start + 28);
    if (size < 0 || data > dataEnd - size) {
      throw source.error(
          "entry '" + name + "' of " + size + " bytes lies outside the archive; damaged");
    }
    if (!source.utf8(start + LOCAL_HEADER_SIZE, nameLength).equals(name)) {
      throw source.error("entry '" + name + "' has another name in its local header; damaged");
    }
    ranges.add(new Range(name, start, data + size));
    return source.slice(data, size);
  }

  private void refuseOverlaps() {
    ranges.sort(Comparator.comparingLong(Range::start));
    for (int i = 1; i < ranges.size(); i++) {
      Range left = ranges.get(i - 1);
      Range right = ranges.get(i);
      if (left.end > right.start) {
        throw source.error("entries '" + left.name + "' and '" + right.name + "' overlap; damaged");
      }
    }
  }
}
