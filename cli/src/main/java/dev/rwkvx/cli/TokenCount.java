package dev.rwkvx.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of tokens as users write it: 512, 32K (of 1,024) or 1M (of 1,048,576). */
final class TokenCount implements ITypeConverter<Integer> {
  private static final long MOST = 1 << 28;

  @Override
  public Integer convert(String text) {
    String digits = text.replaceFirst("[kKmM]$", "");
    char last = text.isEmpty() ? ' ' : Character.toUpperCase(text.charAt(text.length() - 1));
    long unit = last == 'K' ? 1 << 10 : last == 'M' ? 1 << 20 : 1;
    if (!digits.matches("\\d{1,9}") || Long.parseLong(digits) * unit > MOST) {
      throw new TypeConversionException(
          "'" + text + "': expected a number of tokens such as 512, 32K or 1M, at most 256M");
    }
    return (int) (Long.parseLong(digits) * unit);
  }
}
