package dev.rwkvx.model;

import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.math.WeightType;
import java.util.Optional;

/**
 * What the kernels make of a matrix of a stored type: q8 or q4 where these can hold its codes, else
 * a floating type.
 *
 * @param type in memory
 * @param exactness what that does to the weights
 */
public record LoadedType(WeightType type, Exactness exactness) {
  /** How near the weights in memory are to those of the file. */
  public enum Exactness {
    /** All weights are the same. */
    EXACT,
    /** The codes are the same; scales and minima are finer than binary16, and rounded to it. */
    ROUNDED_SCALES,
    /** Each weight is rounded to the type. */
    ROUNDED
  }

  /**
   * {@return what becomes of a matrix; empty if its type is none of weights}
   *
   * @param stored the type in the file
   */
  public static Optional<LoadedType> of(DType stored) {
    return switch (stored) {
      case F32 -> kept(WeightType.F32, Exactness.EXACT);
      case BF16 -> kept(WeightType.BF16, Exactness.EXACT);
      case F16 -> kept(WeightType.F16, Exactness.EXACT);
      // 5 bits and tables of 16 values are codes of 8 bits too; so are the products of the codes of
      // Q3_K with their small whole scales.
      case Q8_0, Q5_0, IQ4_NL, Q3_K -> kept(WeightType.Q8, Exactness.EXACT);
      case IQ4_XS -> kept(WeightType.Q8, Exactness.ROUNDED_SCALES);
      case Q4_0, Q4_1 -> kept(WeightType.Q4, Exactness.EXACT);
      case Q4_K -> kept(WeightType.Q4, Exactness.ROUNDED_SCALES);
      // Too many codes for q4, and minima or scales per 16, which q8 does not have.
      case Q5_1, Q2_K, Q5_K, Q6_K -> kept(WeightType.F16, Exactness.ROUNDED);
      default -> Optional.empty();
    };
  }

  private static Optional<LoadedType> kept(WeightType type, Exactness exactness) {
    return Optional.of(new LoadedType(type, exactness));
  }
}
