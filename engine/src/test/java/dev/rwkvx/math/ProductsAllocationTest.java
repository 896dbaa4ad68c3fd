package dev.rwkvx.math;

import dev.rwkvx.Allocation;
import dev.rwkvx.math.Products.Then;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Warm products allocate nothing: no vector is boxed, no part makes garbage. */
class ProductsAllocationTest {
  private static final int CALLS = 200;

  @ParameterizedTest
  @EnumSource
  void aFewRows(WeightType type) {
    assertNothing(type, 1);
  }

  @ParameterizedTest
  @EnumSource
  void manyRows(WeightType type) {
    assertNothing(type, 13);
  }

  private static void assertNothing(WeightType type, int rows) {
    Matrix matrix = Panels.random(type, 100, 96, 1).pack();
    Numbers numbers = new Numbers(1);
    float[] x = numbers.normal(rows * 96);
    Then[] all = Then.values();
    float[][] y = new float[all.length][rows * 100];
    long[] threads = Allocation.workingThreads();
    try (Workers workers = new Workers(1)) {
      Products products = new Products(new VectorKernels(), workers);
      Allocation.assertVanishes(() -> {
        long before = Allocation.bytes(threads);
        for (int call = 0; call < CALLS; call++) {
          products.start(rows);
          for (int i = 0; i < all.length; i++) {
            products.add(matrix, x, 0, 96, y[i], 100, all[i]);
          }
          products.run();
        }
        return Allocation.bytes(threads) - before;
      });
    }
  }
}
