package dev.rwkvx.training;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import org.junit.jupiter.api.Test;

/** Training knows ranks, but nobody except their transport knows MPI. */
class ArchitectureTest {
  private static final JavaClasses TRAINING =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.rwkvx.training");

  @Test
  void onlyThePackageOfMpiCallsForeignFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rwkvx.training.mpi..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(TRAINING);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rwkvx.training.mpi..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.rwkvx.training.mpi..")
        .check(TRAINING);
  }

  @Test
  void ranksKnowNothingOfModels() {
    classes()
        .that()
        .resideInAPackage("dev.rwkvx.training.ranks..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.rwkvx.training.ranks..", "java..", "org.jspecify..")
        .check(TRAINING);
  }
}
