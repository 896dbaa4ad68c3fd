package dev.rwkvx.math;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the kernels: the vector ones where the JVM offers the Vector API. */
public final class KernelProvider {
  private static final String MODULE = "jdk.incubator.vector";

  private KernelProvider() {}

  /** The fastest kernels that this JVM can run; says so, once, when they are the slow ones. */
  public static Kernels best() {
    return vectorAvailable() ? new VectorKernels() : Fallback.KERNELS;
  }

  /** Whether {@link VectorKernels} can be loaded. */
  public static boolean vectorAvailable() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  /** Loaded, and thereby announced, when it is first needed. */
  private static final class Fallback {
    static final Kernels KERNELS = announced(new ScalarKernels());

    private static Kernels announced(Kernels kernels) {
      Logger log = LoggerFactory.getLogger(KernelProvider.class);
      log.warn(
          "The Vector API is not enabled, so everything runs many times slower;"
              + " start java with --add-modules {}",
          MODULE);
      return kernels;
    }
  }
}
