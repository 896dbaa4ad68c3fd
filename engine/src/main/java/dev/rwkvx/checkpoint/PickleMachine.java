package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import dev.rwkvx.checkpoint.PickleValue.Bool;
import dev.rwkvx.checkpoint.PickleValue.Dictionary;
import dev.rwkvx.checkpoint.PickleValue.Opaque;
import dev.rwkvx.checkpoint.PickleValue.Sequence;
import dev.rwkvx.checkpoint.PickleValue.Text;
import dev.rwkvx.io.ByteSource;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds the value that a pickle describes. Pickles are programs for a stack machine; this machine
 * has no instruction that runs anything: names are looked up in {@link TorchObjects}, which knows
 * what tensors need and refuses the rest. There are no jumps, and {@link PickleWork} counts what an
 * instruction does, so the work is linear in the size.
 */
final class PickleMachine {
  private static final int NEWEST_PROTOCOL = 5;
  private static final int MAX_NUMBER_BYTES = 255;
  private static final int MAX_NAME_BYTES = 1024;

  private final ByteSource source;
  private final TorchObjects objects;
  private final PickleWork work;
  private long position;
  private final List<PickleValue> stack = new ArrayList<>();
  // Stack heights; nothing below the last one may be popped.
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, PickleValue> memo = new HashMap<>();

  PickleMachine(ByteSource source, long position, TorchObjects objects) {
    this.source = source;
    this.position = position;
    this.objects = objects;
    work = objects.work();
  }

  /** Runs to the end of the pickle and returns its value. */
  PickleValue run() {
    while (true) {
      int opcode = source.unsignedByte(position++);
      if (opcode == PickleOpcode.STOP) {
        PickleValue root = pop();
        PickleCycles.refuse(root, source);
        return root;
      }
      execute(opcode);
    }
  }

  /** The first byte after the pickle, once it has run. */
  long position() {
    return position;
  }

  private void execute(int opcode) {
    switch (opcode) {
      case PickleOpcode.PROTO -> protocol();
      case PickleOpcode.FRAME -> readLong();
      case PickleOpcode.MARK -> mark();
      case PickleOpcode.POP -> popOrUnmark();
      case PickleOpcode.POP_MARK -> popToMark();
      case PickleOpcode.DUP -> push(top());

      case PickleOpcode.NONE -> push(new Opaque("None"));
      case PickleOpcode.NEWTRUE -> push(new Bool(true));
      case PickleOpcode.NEWFALSE -> push(new Bool(false));
      case PickleOpcode.BININT -> pushNumber(source.signedInt(advance(4)));
      case PickleOpcode.BININT1 -> pushNumber(readByte());
      case PickleOpcode.BININT2 -> pushNumber(source.unsignedShort(advance(2)));
      case PickleOpcode.LONG1 -> bigNumber(readByte());
      case PickleOpcode.LONG4 -> bigNumber(readInt());
      case PickleOpcode.BINFLOAT -> push(new PickleValue.Numeric(readDouble()));

      case PickleOpcode.SHORT_BINUNICODE, PickleOpcode.SHORT_BINSTRING -> text(readByte());
      case PickleOpcode.BINUNICODE, PickleOpcode.BINSTRING -> text(readInt());
      case PickleOpcode.BINUNICODE8 -> text(readLong());
      case PickleOpcode.SHORT_BINBYTES -> bytes(readByte());
      case PickleOpcode.BINBYTES -> bytes(readInt());
      case PickleOpcode.BINBYTES8, PickleOpcode.BYTEARRAY8 -> bytes(readLong());

      case PickleOpcode.EMPTY_TUPLE, PickleOpcode.EMPTY_LIST, PickleOpcode.EMPTY_SET ->
          push(new Sequence());
      case PickleOpcode.TUPLE, PickleOpcode.LIST, PickleOpcode.FROZENSET ->
          push(sequence(popToMark()));
      case PickleOpcode.TUPLE1 -> push(sequence(popMany(1)));
      case PickleOpcode.TUPLE2 -> push(sequence(popMany(2)));
      case PickleOpcode.TUPLE3 -> push(sequence(popMany(3)));
      case PickleOpcode.APPEND -> append(popMany(1));
      case PickleOpcode.APPENDS, PickleOpcode.ADDITEMS -> append(popToMark());
      case PickleOpcode.EMPTY_DICT -> push(new Dictionary());
      case PickleOpcode.DICT -> dictionary(popToMark());
      case PickleOpcode.SETITEM -> setItems(popMany(2));
      case PickleOpcode.SETITEMS -> setItems(popToMark());

      case PickleOpcode.BINGET -> get(readByte());
      case PickleOpcode.LONG_BINGET -> get(readInt());
      case PickleOpcode.BINPUT -> put(readByte());
      case PickleOpcode.LONG_BINPUT -> put(readInt());
      case PickleOpcode.MEMOIZE -> put(memo.size());

      case PickleOpcode.GLOBAL -> push(objects.find(line(), line()));
      case PickleOpcode.STACK_GLOBAL -> stackGlobal();
      case PickleOpcode.REDUCE, PickleOpcode.NEWOBJ -> call();
      case PickleOpcode.BUILD -> build();
      case PickleOpcode.BINPERSID -> push(objects.storage(pop()));
      default ->
          throw error(
              String.format(
                  "has the instruction 0x%02x at byte %d, which no checkpoint needs",
                  opcode, position - 1));
    }
  }

  private void protocol() {
    int protocol = readByte();
    if (protocol > NEWEST_PROTOCOL) {
      throw error("has protocol " + protocol + "; known are those up to " + NEWEST_PROTOCOL);
    }
  }

  private void call() {
    PickleValue arguments = pop();
    PickleValue function = pop();
    push(objects.call(function, arguments));
  }

  private void stackGlobal() {
    if (pop() instanceof Text name && pop() instanceof Text module) {
      push(objects.find(module.value(), name.value()));
    } else {
      throw error("refers to a class by something other than its name");
    }
  }

  /** Attributes of dictionaries and parameters, such as torch's version table, are of no use. */
  private void build() {
    pop();
    if (!(top() instanceof Dictionary || top() instanceof PickleValue.TensorView)) {
      throw error("sets attributes of something that is neither a dictionary nor a tensor");
    }
  }

  private void append(List<PickleValue> values) {
    if (!(top() instanceof Sequence sequence)) {
      throw error("appends to something that is not a list");
    }
    sequence.items.addAll(values);
  }

  private void dictionary(List<PickleValue> keysAndValues) {
    push(new Dictionary());
    setItems(keysAndValues);
  }

  private void setItems(List<PickleValue> keysAndValues) {
    if (!(top() instanceof Dictionary dictionary) || keysAndValues.size() % 2 != 0) {
      throw error("sets items of something that is not a dictionary, or a key without a value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      dictionary.put(keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }

  private static Sequence sequence(List<PickleValue> values) {
    Sequence sequence = new Sequence();
    sequence.items.addAll(values);
    return sequence;
  }

  private void put(long index) {
    work.addValues(1);
    memo.put(index, top());
  }

  private void get(long index) {
    PickleValue value = memo.get(index);
    if (value == null) {
      throw error("recalls value " + index + ", which it never stored");
    }
    push(value);
  }

  // The stack.

  private void push(PickleValue value) {
    work.addValues(1);
    stack.add(value);
  }

  private void mark() {
    work.addValues(1);
    marks.push(stack.size());
  }

  private PickleValue top() {
    requireValues(1);
    return stack.getLast();
  }

  private PickleValue pop() {
    requireValues(1);
    return stack.removeLast();
  }

  private List<PickleValue> popMany(int count) {
    requireValues(count);
    return popFrom(stack.size() - count);
  }

  private List<PickleValue> popToMark() {
    if (marks.isEmpty()) {
      throw error("is damaged: a mark is missing");
    }
    return popFrom(marks.pop());
  }

  private void popOrUnmark() {
    if (!marks.isEmpty() && marks.peek() == stack.size()) {
      marks.pop();
    } else {
      pop();
    }
  }

  private List<PickleValue> popFrom(int height) {
    List<PickleValue> tail = stack.subList(height, stack.size());
    List<PickleValue> values = List.copyOf(tail);
    tail.clear();
    return values;
  }

  private void requireValues(int count) {
    int bottom = marks.isEmpty() ? 0 : marks.peek();
    if (stack.size() - bottom < count) {
      throw error("is damaged: a value is missing on its stack");
    }
  }

  // Operands.

  private void pushNumber(long value) {
    push(new PickleValue.Numeric(value));
  }

  private void bigNumber(long length) {
    if (length > MAX_NUMBER_BYTES) {
      throw error("has a number of " + length + " bytes");
    }
    byte[] littleEndian = source.array(advance(length), length);
    byte[] bigEndian = new byte[littleEndian.length + 1];
    for (int i = 0; i < littleEndian.length; i++) {
      bigEndian[bigEndian.length - 1 - i] = littleEndian[i];
    }
    // The extra leading byte makes the empty number valid; it repeats the sign.
    bigEndian[0] = (byte) (bigEndian.length > 1 && bigEndian[1] < 0 ? -1 : 0);
    BigInteger value = new BigInteger(bigEndian);
    push(
        new PickleValue.Numeric(
            value.bitLength() < Long.SIZE ? (Number) value.longValue() : value));
  }

  private void text(long length) {
    long start = advance(length);
    work.addText(length);
    push(new Text(source.utf8(start, length)));
  }

  private void bytes(long length) {
    advance(length);
    push(new Opaque("bytes"));
  }

  private int readByte() {
    return source.unsignedByte(advance(1));
  }

  private long readInt() {
    return source.unsignedInt(advance(4));
  }

  private long readLong() {
    return source.signedLong(advance(8));
  }

  /** Unlike everything else in a pickle, floats are big-endian. */
  private double readDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(readLong()));
  }

  private String line() {
    long start = position;
    while (readByte() != '\n') {
      if (position - start > MAX_NAME_BYTES) {
        throw error("has a name of more than " + MAX_NAME_BYTES + " bytes");
      }
    }
    return source.utf8(start, position - 1 - start);
  }

  /** Moves past an operand and returns where it starts. */
  private long advance(long length) {
    long start = position;
    source.slice(start, length);
    position += length;
    return start;
  }

  private InputException error(String problem) {
    return source.error("its pickle " + problem);
  }
}
