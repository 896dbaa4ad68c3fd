package dev.rwkvx.checkpoint;

import dev.rwkvx.InputException;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The types of tensors in GGUF files under their numbers, read or only known by name. */
enum GgufType {
  F32(0, DType.F32),
  F16(1, DType.F16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q5_0(6, DType.Q5_0),
  Q5_1(7, DType.Q5_1),
  Q8_0(8, DType.Q8_0),
  Q8_1(9, null),
  Q2_K(10, DType.Q2_K),
  Q3_K(11, DType.Q3_K),
  Q4_K(12, DType.Q4_K),
  Q5_K(13, DType.Q5_K),
  Q6_K(14, DType.Q6_K),
  Q8_K(15, null),
  IQ2_XXS(16, null),
  IQ2_XS(17, null),
  IQ3_XXS(18, null),
  IQ1_S(19, null),
  IQ4_NL(20, DType.IQ4_NL),
  IQ3_S(21, null),
  IQ2_S(22, null),
  IQ4_XS(23, DType.IQ4_XS),
  I8(24, DType.I8),
  I16(25, DType.I16),
  I32(26, DType.I32),
  I64(27, DType.I64),
  F64(28, DType.F64),
  IQ1_M(29, null),
  BF16(30, DType.BF16),
  TQ1_0(34, null),
  TQ2_0(35, null),
  MXFP4(39, null);

  private final int number;
  private final @Nullable DType type;

  GgufType(int number, @Nullable DType type) {
    this.number = number;
    this.type = type;
  }

  /** The type under this number, one that is read. */
  static DType of(long number, Function<String, InputException> error) {
    for (GgufType known : values()) {
      if (known.number == number && known.type != null) {
        return known.type;
      }
    }
    String name =
        Arrays.stream(values())
            .filter(known -> known.number == number)
            .map(known -> " (" + known + ")")
            .findFirst()
            .orElse("");
    throw error.apply(
        "has the type %d%s, which is not read; expected F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1,"
                .formatted(number, name)
            + " Q2_K to Q6_K, IQ4_NL or IQ4_XS");
  }

  /** The number of a type that is read. */
  static int number(DType type) {
    for (GgufType known : values()) {
      if (known.type == type) {
        return known.number;
      }
    }
    throw new IllegalArgumentException("GGUF files have no " + type);
  }
}
