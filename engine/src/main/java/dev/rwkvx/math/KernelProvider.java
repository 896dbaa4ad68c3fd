package dev.rwkvx.math;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the kernels: the vector ones where the JVM offers the Vector API. */
public final class KernelProvider {
  private static final String MODULE = "jdk.incubator.vector";

  private KernelProvider() {}

  /** The fastest kernels that this JVM can run; says so when they are the slow ones. */
  public static Kernels best() {
    if (vectorAvailable()) {
      return new VectorKernels();
    }
    Logger log = LoggerFactory.getLogger(KernelProvider.class);
    log.warn(
        "The Vector API is not enabled, so everything runs many times slower;"
            + " start java with --add-modules {}",
        MODULE);
    return new ScalarKernels();
  }

  /** Whether {@link VectorKernels} can be loaded. */
  public static boolean vectorAvailable() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }
}
