package dev.rwkvx.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.rwkvx.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Writes a file as torch.save does of a dictionary of tensors: a zip archive of stored entries,
 * first the pickle of their descriptions, then a storage for each tensor, at multiples of 64 bytes.
 * torch.load reads it, also with weights_only. There is no place for metadata: programs expect
 * tensors only.
 *
 * <p>Sources: APPNOTE.TXT 6.3.10; torch.serialization.
 */
public final class PthWriter extends TensorWriter {
  private static final String FOLDER = "archive/";
  private static final int ALIGNMENT = 64;

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_LOCATOR = 0x07064b50;

  private static final int LOCAL_HEADER_SIZE = 30;
  private static final int CRC_OFFSET = 14;

  private static final int VERSION = 20;
  private static final int ZIP64_VERSION = 45;
  private static final int UTF8_NAMES = 1 << 11;
  private static final int FIRST_DAY = 1 << 5 | 1;
  private static final short ZIP64_EXTRA = 0x0001;

  /** The extra field that torch pads local headers with. */
  private static final short PADDING_EXTRA = 0x4246;

  private static final long IN_ZIP64 = 0xffff_ffffL;
  private static final int COUNT_IN_ZIP64 = 0xffff;

  private record Entry(byte[] name, long start, long size, int crc) {}

  private final List<Entry> entries = new ArrayList<>();
  private final CRC32 crc = new CRC32();
  private byte[] name = new byte[0];
  private long start;
  private long size;
  private int storages;

  private PthWriter(Path target, AtomicFile file, List<TensorHeader> tensors) {
    super(target, file, tensors);
  }

  /**
   * {@return whether a file of this name is written in this format}
   *
   * @param file only its name counts
   */
  public static boolean isName(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".pth");
  }

  /**
   * Starts a file and writes the descriptions.
   *
   * @param target the file, which appears when the writer is committed
   * @param tensors what will be written, in this order; names are distinct
   * @return the writer, at the first tensor; to be closed by the caller
   */
  public static PthWriter create(Path target, List<TensorHeader> tensors) {
    byte[] pickle = pickle(tensors);
    PthWriter writer = new PthWriter(target, open(target), tensors);
    writer.start(() -> {
      writer.whole("data.pkl", pickle);
      writer.whole("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    });
    return writer;
  }

  // --- pickle --------------------------------------------------------------------------------

  private static byte[] pickle(List<TensorHeader> tensors) {
    Set<String> names = new HashSet<>();
    PickleWriter pickle = new PickleWriter();
    pickle.op(PickleOpcode.EMPTY_DICT).op(PickleOpcode.MARK);
    for (int i = 0; i < tensors.size(); i++) {
      TensorHeader tensor = tensors.get(i);
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException("the name '" + tensor.name() + "' is taken");
      }
      pickle.text(tensor.name());
      tensor(pickle, tensor, Integer.toString(i));
    }
    return pickle.op(PickleOpcode.SETITEMS).op(PickleOpcode.STOP).toByteArray();
  }

  /** rebuild(storage, offset, size, stride, requires_grad, hooks) */
  private static void tensor(PickleWriter pickle, TensorHeader tensor, String key) {
    long[] shape = tensor.shape();
    pickle
        .global("torch._utils", "_rebuild_tensor_v2")
        .op(PickleOpcode.MARK)
        .op(PickleOpcode.MARK)
        .text("storage")
        .global("torch", storageClass(tensor.type()))
        .text(key)
        .text("cpu")
        .whole(Shapes.elements(shape))
        .op(PickleOpcode.TUPLE)
        .op(PickleOpcode.BINPERSID)
        .whole(0)
        .tuple(shape)
        .tuple(Shapes.rowMajorStrides(shape))
        .op(PickleOpcode.NEWFALSE)
        .global("collections", "OrderedDict")
        .op(PickleOpcode.EMPTY_TUPLE)
        .op(PickleOpcode.REDUCE)
        .op(PickleOpcode.TUPLE)
        .op(PickleOpcode.REDUCE);
  }

  private static String storageClass(DType type) {
    return switch (type) {
      case F64 -> "DoubleStorage";
      case F32 -> "FloatStorage";
      case F16 -> "HalfStorage";
      case BF16 -> "BFloat16Storage";
      case I64 -> "LongStorage";
      case I32 -> "IntStorage";
      case I16 -> "ShortStorage";
      case I8 -> "CharStorage";
      case U8 -> "ByteStorage";
      case BOOL -> "BoolStorage";
      default -> throw new IllegalArgumentException("torch has no " + type);
    };
  }

  // --- entries -------------------------------------------------------------------------------

  private void whole(String entry, byte[] content) throws IOException {
    begin(entry, content.length);
    append(ByteBuffer.wrap(content));
    end();
  }

  @Override
  void begin(TensorHeader tensor) throws IOException {
    begin("data/" + storages++, tensor.byteSize());
  }

  private void begin(String entry, long bytes) throws IOException {
    name = (FOLDER + entry).getBytes(StandardCharsets.UTF_8);
    start = position();
    size = bytes;
    boolean zip64 = bytes >= IN_ZIP64;
    int zip64Size = zip64 ? 4 + 2 * Long.BYTES : 0;
    long dataAt = start + LOCAL_HEADER_SIZE + name.length + zip64Size + 4;
    int padding = (int) (-dataAt & (ALIGNMENT - 1));
    ByteBuffer header = buffer((int) (dataAt - start) + padding);
    header.putInt(LOCAL_HEADER).putShort(version(zip64)).putShort((short) UTF8_NAMES);
    header.putShort((short) 0).putShort((short) 0).putShort((short) FIRST_DAY);
    header.putInt(0).putInt(field(bytes)).putInt(field(bytes));
    header.putShort((short) name.length).putShort((short) (zip64Size + 4 + padding)).put(name);
    if (zip64) {
      header.putShort(ZIP64_EXTRA).putShort((short) (2 * Long.BYTES)).putLong(bytes).putLong(bytes);
    }
    header.putShort(PADDING_EXTRA).putShort((short) padding);
    super.append(header.rewind());
    crc.reset();
  }

  @Override
  void append(ByteBuffer bytes) throws IOException {
    crc.update(bytes.duplicate());
    super.append(bytes);
  }

  /** The checksum is known now; a reader looks for it in front of the content. */
  @Override
  void end() throws IOException {
    int value = (int) crc.getValue();
    ByteBuffer bytes = buffer(Integer.BYTES).putInt(value).rewind();
    overwrite(bytes, start + CRC_OFFSET);
    entries.add(new Entry(name, start, size, value));
  }

  // --- directory -----------------------------------------------------------------------------

  @Override
  void finish() throws IOException {
    whole("version", "3\n".getBytes(StandardCharsets.US_ASCII));
    whole(TorchZipReader.CHECKED, new byte[0]);
    long directory = position();
    for (Entry entry : entries) {
      super.append(centralHeader(entry));
    }
    long length = position() - directory;
    int count = entries.size();
    if (count >= COUNT_IN_ZIP64 || directory >= IN_ZIP64 || length >= IN_ZIP64) {
      super.append(zip64End(count, directory, length));
    }
    int shown = Math.min(count, COUNT_IN_ZIP64);
    ByteBuffer end = buffer(22).putInt(END).putInt(0);
    end.putShort((short) shown).putShort((short) shown);
    end.putInt(field(length)).putInt(field(directory)).putShort((short) 0);
    super.append(end.rewind());
  }

  private static ByteBuffer centralHeader(Entry entry) {
    boolean large = entry.size >= IN_ZIP64;
    boolean far = entry.start >= IN_ZIP64;
    int extra = (large ? 2 * Long.BYTES : 0) + (far ? Long.BYTES : 0);
    int extraSize = extra == 0 ? 0 : 4 + extra;
    ByteBuffer header = buffer(46 + entry.name.length + extraSize);
    header.putInt(CENTRAL_HEADER).putShort(version(extra > 0)).putShort(version(extra > 0));
    header.putShort((short) UTF8_NAMES).putShort((short) 0);
    header.putShort((short) 0).putShort((short) FIRST_DAY);
    header.putInt(entry.crc).putInt(field(entry.size)).putInt(field(entry.size));
    header.putShort((short) entry.name.length).putShort((short) extraSize).putShort((short) 0);
    header.putShort((short) 0).putShort((short) 0).putInt(0).putInt(field(entry.start));
    header.put(entry.name);
    if (extra > 0) {
      header.putShort(ZIP64_EXTRA).putShort((short) extra);
    }
    if (large) {
      header.putLong(entry.size).putLong(entry.size);
    }
    if (far) {
      header.putLong(entry.start);
    }
    return header.rewind();
  }

  private ByteBuffer zip64End(int count, long directory, long length) throws IOException {
    long at = position();
    ByteBuffer end = buffer(56 + 20);
    end.putInt(ZIP64_END).putLong(56 - 12);
    end.putShort(version(true)).putShort(version(true)).putInt(0).putInt(0);
    end.putLong(count).putLong(count).putLong(length).putLong(directory);
    end.putInt(ZIP64_LOCATOR).putInt(0).putLong(at).putInt(1);
    return end.rewind();
  }

  private static short version(boolean zip64) {
    return (short) (zip64 ? ZIP64_VERSION : VERSION);
  }

  private static int field(long value) {
    return (int) Math.min(value, IN_ZIP64);
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(LITTLE_ENDIAN);
  }
}
