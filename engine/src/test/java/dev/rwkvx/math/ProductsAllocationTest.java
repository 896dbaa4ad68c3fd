package dev.rwkvx.math;

import dev.rwkvx.Allocation;
import dev.rwkvx.math.Products.Then;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Warm products allocate nothing: no vector is boxed, no part makes garbage. */
class ProductsAllocationTest {
  private static final int CALLS = 200;

  @ParameterizedTest
  @ValueSource(ints = {1, 13})
  void productsOfAllTypes(int rows) throws IOException, InterruptedException {
    for (WeightType type : WeightType.values()) {
      Allocation.assertVanishes(ProductsAllocationTest.class, type, rows);
    }
  }

  public static void main(String[] arguments) {
    WeightType type = WeightType.valueOf(arguments[0]);
    int rows = Integer.parseInt(arguments[1]);
    Matrix matrix = Panels.random(type, 100, 96, 1).pack();
    Numbers numbers = new Numbers(1);
    float[] x = numbers.normal(rows * 96);
    Then[] all = Then.values();
    float[][] y = new float[all.length][rows * 100];
    long[] threads = Allocation.workingThreads();
    try (Workers workers = new Workers(1)) {
      Products products = new Products(new VectorKernels(), workers);
      Allocation.report(() -> {
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
