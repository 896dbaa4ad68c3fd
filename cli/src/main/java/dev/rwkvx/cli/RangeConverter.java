package dev.rwkvx.cli;

import dev.rwkvx.InputException;
import dev.rwkvx.training.tasks.Range;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number or a range as users write it: 8, 4-64 or 1K-64K. */
final class RangeConverter implements ITypeConverter<Range> {
  @Override
  public Range convert(String text) {
    String[] ends = text.split("-", -1);
    if (ends.length > 2) {
      throw new TypeConversionException(
          "'" + text + "': expected a number or a range such as 4-64 or 1K-64K");
    }
    TokenCount number = new TokenCount();
    try {
      return new Range(number.convert(ends[0]), number.convert(ends[ends.length - 1]));
    } catch (InputException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
