package dev.rwkvx.training.mpi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rwkvx.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenMpiTest {
  @Test
  void whatIsMissingIsToldByThePackagesThatHaveIt() {
    assertThatThrownBy(() -> OpenMpi.load(List.of("libnothing.so.40"), List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Open MPI is not installed")
        .hasMessageContaining("openmpi-bin");
  }

  @Test
  void otherLibrariesAreRefused() {
    String other = System.mapLibraryName("java");
    String path = System.getProperty("java.home") + "/lib/" + other;
    assertThatThrownBy(() -> OpenMpi.load(List.of("libnothing.so.40"), List.of(path)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Found another MPI than Open MPI (" + path);
    assertThatThrownBy(() -> OpenMpi.load(List.of(path), List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has no 'MPI_Get_library_version'");
  }
}
