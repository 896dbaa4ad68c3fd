package dev.rwkvx.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Spark runs the engine and the evaluation, and needs no other room of the house. */
class ArchitectureTest {
  @Test
  void usesTheEngineAndTheEvaluationOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.rwkvx",
            "dev.rwkvx.spark..",
            "dev.rwkvx.evaluation..",
            "dev.rwkvx.generate..",
            "dev.rwkvx.model..",
            "dev.rwkvx.tokenizer..",
            "java..",
            "org.apache.hadoop.fs..",
            "org.apache.hadoop.conf..",
            "org.apache.spark..",
            "org.jspecify..",
            "picocli..",
            "scala..",
            "tools.jackson..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.rwkvx.spark"));
  }
}
