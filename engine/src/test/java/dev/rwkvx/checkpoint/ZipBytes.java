package dev.rwkvx.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes zip archives of stored entries, with knobs for what hostile ones claim. */
final class ZipBytes {
  private final Bytes out = new Bytes();
  private final Bytes central = new Bytes();
  private final List<Integer> starts = new ArrayList<>();
  private boolean zip64;
  private int method;
  private int flags = 0x0800;

  /** Puts sizes and offsets into zip64 fields. */
  ZipBytes zip64() {
    zip64 = true;
    return this;
  }

  ZipBytes method(int method) {
    this.method = method;
    return this;
  }

  ZipBytes flags(int flags) {
    this.flags = flags;
    return this;
  }

  /** An entry whose sizes stand in a data descriptor, with an extra field in the local header. */
  ZipBytes add(String name, byte[] content) {
    int start = out.size();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    local(utf8, content);
    return claim(utf8, start, content.length);
  }

  /** A directory entry that claims these bytes, whatever they are. */
  ZipBytes claim(byte[] name, long start, long size) {
    starts.add((int) start);
    central.ascii("PK\1\2").u16(45).u16(45).u16(flags).u16(method).u32(0).u32(0);
    if (zip64) {
      central.u32(0xffff_ffffL).u32(0xffff_ffffL).u16(name.length).u16(28);
      central.u16(0).u16(0).u16(0).u32(0).u32(0xffff_ffffL).raw(name);
      central.u16(1).u16(24).u64(size).u64(size).u64(start);
    } else {
      central.u32(size).u32(size).u16(name.length).u16(0);
      central.u16(0).u16(0).u16(0).u32(0).u32(start).raw(name);
    }
    return this;
  }

  int size() {
    return out.size();
  }

  private void local(byte[] name, byte[] content) {
    int header = out.size() + 30 + name.length;
    int padding = (64 - (header + 4) % 64) % 64;
    out.ascii("PK\3\4").u16(45).u16(flags | 8).u16(method).u32(0).u32(0).u32(0).u32(0);
    out.u16(name.length).u16(4 + padding).raw(name);
    out.ascii("FB").u16(padding).raw(new byte[padding]);
    out.raw(content).ascii("PK\7\10").u32(0).u32(content.length).u32(content.length);
  }

  byte[] finish() {
    long start = out.size();
    long entries = starts.size();
    out.raw(central.toArray());
    if (zip64) {
      long end = out.size();
      out.ascii("PK\6\6").u64(44).u16(45).u16(45).u32(0).u32(0);
      out.u64(entries).u64(entries).u64(central.size()).u64(start);
      out.ascii("PK\6\7").u32(0).u64(end).u32(1);
      out.ascii("PK\5\6").u16(0).u16(0).u16(0xffff).u16(0xffff);
      out.u32(0xffff_ffffL).u32(0xffff_ffffL).u16(0);
    } else {
      out.ascii("PK\5\6").u16(0).u16(0).u16((int) entries).u16((int) entries);
      out.u32(central.size()).u32(start).u16(0);
    }
    return out.toArray();
  }
}
