package dev.rwkvx.training.data;

import dev.rwkvx.InputException;
import java.math.BigInteger;

/**
 * The order of the official trainer over a stream of tokens: sample s starts at token (s³ mod p) ·
 * context, where p is the largest prime ≡ 2 (mod 3) below tokens / context − 1. For such a prime
 * the cubes are all different, so that p samples read p different pieces. Every target counts,
 * those of answers as much as asked for.
 */
public final class CubicSamples implements Samples {
  private final TokenFile stream;
  private final int context;
  private final float answerWeight;
  private final long prime;

  /**
   * Samples in the order of the official trainer.
   *
   * @param stream stays open as long as samples are read; the caller closes it
   * @param context inputs of a sample
   * @param answerWeight how much tokens of answers count, where 1 is as much as others
   * @throws InputException when the stream is too short
   */
  public CubicSamples(TokenFile stream, int context, float answerWeight) {
    this.stream = stream;
    this.context = context;
    this.answerWeight = answerWeight;
    prime = prime(stream.tokens(), context);
    if (prime == 0) {
      throw new InputException(
          "%s has %d tokens; a context of %d needs more than %d"
              .formatted(stream.path(), stream.tokens(), context, 3L * context));
    }
  }

  /**
   * {@return the largest prime ≡ 2 (mod 3) below tokens / context − 1, or 0 where there is none}
   *
   * @param tokens of the stream
   * @param context inputs of a sample
   * @throws InputException when the context is not positive
   */
  public static long prime(long tokens, int context) {
    if (context < 1) {
      throw new InputException("The context is " + context + "; expected 1 or more");
    }
    // p < tokens / context − 1 exactly when (p + 1) · context < tokens.
    long most = Math.ceilDiv(tokens, context) - 2;
    for (long p = most - Math.floorMod(most - 2, 3L); p >= 2; p -= 3) {
      if (isPrime(p)) {
        return p;
      }
    }
    return 0;
  }

  @Override
  public long size() {
    return prime;
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public void read(long sample, int[] tokens, float[] weights) {
    long at = cube(sample, prime) * context;
    stream.read(at, tokens, 0, context + 1);
    stream.weigh(at + 1, weights, 0, context, answerWeight);
  }

  /** s³ mod p, exactly. */
  static long cube(long sample, long prime) {
    long s = sample % prime;
    return multiply(multiply(s, s, prime), s, prime);
  }

  private static long multiply(long a, long b, long modulus) {
    if (Math.multiplyHigh(a, b) == 0 && a * b >= 0) {
      return a * b % modulus;
    }
    return BigInteger.valueOf(a)
        .multiply(BigInteger.valueOf(b))
        .mod(BigInteger.valueOf(modulus))
        .longValueExact();
  }

  private static boolean isPrime(long n) {
    if (n % 2 == 0 || n % 3 == 0) {
      return n == 2 || n == 3;
    }
    for (long divisor = 5; divisor <= n / divisor; divisor += 6) {
      if (n % divisor == 0 || n % (divisor + 2) == 0) {
        return false;
      }
    }
    return n > 1;
  }
}
