package dev.rwkvx;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data walks through the packages in one direction: generate, model, then math and checkpoint. */
class ArchitectureTest {
  private static final JavaClasses ENGINE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.rwkvx");

  /** Each package and those of ours that it may use, besides {@code dev.rwkvx} itself. */
  @ParameterizedTest
  @CsvSource({
    "io,         ''",
    "math,       ''",
    "tokenizer,  io",
    "checkpoint, io",
    "model,      io math checkpoint",
    "generate,   io math checkpoint model tokenizer"
  })
  void packagesUseOnlyThoseBelowThem(String name, String allowed) {
    List<String> forbidden =
        new ArrayList<>(List.of("io", "math", "tokenizer", "checkpoint", "model", "generate"));
    forbidden.remove(name);
    forbidden.removeAll(List.of(allowed.split(" ")));
    noClasses()
        .that()
        .resideInAPackage("dev.rwkvx." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            forbidden.stream().map(p -> "dev.rwkvx." + p + "..").toArray(String[]::new))
        .allowEmptyShould(true)
        .check(ENGINE);
  }

  @Test
  void packagesHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.rwkvx.(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(ENGINE);
  }

  @Test
  void onlyMathTouchesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rwkvx.math..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(ENGINE);
  }

  @Test
  void theEngineDoesNotKnowItsApplications() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.rwkvx.cli..",
            "dev.rwkvx.hub..",
            "java.net.http..",
            "java.awt..",
            "java.sql..",
            "javax.swing..")
        .check(ENGINE);
  }
}
