package dev.rwkvx.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rwkvx.Hostile;
import dev.rwkvx.InputException;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Programs for the pickle machine that mean no good: they copy what they have made again and again,
 * nest it, remember it under many names, or put it into itself.
 */
class PickleProgramsTest {
  private static final int PROGRAMS = 400;
  private static final long BYTES_PER_FILE_BYTE = 200;
  private static final long CONSTANT_BYTES = 160 << 20;

  private static final String[] GLOBALS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch FloatStorage",
    "builtins set",
    "builtins eval"
  };

  @Test
  void everyProgramEndsInBoundedMemory() {
    double taken =
        Hostile.read(
            PROGRAMS,
            22,
            PickleProgramsTest::program,
            pickle -> {
              byte[] file = new ZipBytes().add("a/data.pkl", pickle).finish();
              long before = allocated();
              try {
                Golden.read(file);
                return true;
              } catch (InputException e) {
                assertThat(e.getMessage()).startsWith("test file").hasSizeLessThan(700);
                return false;
              } finally {
                assertThat(allocated() - before)
                    .isLessThan(CONSTANT_BYTES + BYTES_PER_FILE_BYTE * file.length);
              }
            });
    assertThat(taken).isLessThan(1);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /** One idea, or several in a row, repeated as often as there is room. */
  private static byte[] program(SplittableRandom random) {
    Bytes out = new Bytes().u8(0x80, 2);
    int size = 1 << random.nextInt(6, 17);
    int ideas = 1 + random.nextInt(4);
    for (int idea = 0; idea < ideas; idea++) {
      int kind = random.nextInt(14);
      start(out, kind, random);
      for (int i = 0; i < size / ideas; i++) {
        step(out, kind, i, random);
      }
    }
    return out.ascii("t}X").u32(1).ascii("x)s.").toArray();
  }

  private static void start(Bytes out, int kind, SplittableRandom random) {
    switch (kind) {
      case 0, 1 -> out.ascii("(]q").u8(0);
      case 2 -> out.ascii("(}q").u8(1);
      case 3 -> out.ascii("((");
      default -> out.ascii(random.nextBoolean() ? "(" : "(]");
    }
  }

  private static void step(Bytes out, int kind, int i, SplittableRandom random) {
    switch (kind) {
      // A list that holds itself, and one that grows by itself.
      case 0 -> out.ascii("h").u8(0).ascii("a");
      case 1 -> out.ascii("(h").u8(0).ascii("h").u8(0).ascii("e");
      case 2 -> out.ascii("X").u32(4).u32(i).ascii("h").u8(1).ascii("s");
      case 3 -> out.ascii(")").u8(0x85);
      case 4 -> out.ascii("]").u8(0x94);
      case 5 -> out.ascii("K").u8(i & 0xff).ascii("r").u32(i);
      case 6 -> out.ascii("2");
      case 7 -> out.ascii("(");
      case 8 -> global(out, random).ascii(")R");
      case 9 -> global(out, random).ascii("(]((K\1K\2tetR");
      case 10 -> out.u8(0x8a, random.nextInt(256));
      case 11 -> out.ascii("X").u32(random.nextInt() >>> random.nextInt(32));
      case 12 -> out.u8(random.nextInt(256));
      default -> global(out, random).ascii("(tRb");
    }
  }

  private static Bytes global(Bytes out, SplittableRandom random) {
    return out.ascii("c" + GLOBALS[random.nextInt(GLOBALS.length)].replace(' ', '\n') + "\n");
  }
}
