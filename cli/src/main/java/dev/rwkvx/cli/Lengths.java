package dev.rwkvx.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Numbers of tokens as users write them: {@code 2K}, {@code 2K,8K}, {@code 2K..64K} (each twice the
 * one before) or {@code 2K..64K+2K} (in steps of 2K).
 */
record Lengths(List<Integer> values) {
  private static final int MOST = 4096;

  /** Reads them. */
  static final class Converter implements ITypeConverter<Lengths> {
    private final TokenCount count = new TokenCount();

    @Override
    public Lengths convert(String text) {
      List<Integer> values = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        String[] ends = part.split("\\.\\.", -1);
        if (ends.length == 1) {
          values.add(count.convert(part));
        } else if (ends.length == 2) {
          addRange(ends[0], ends[1], values);
        } else {
          throw unusable(part);
        }
      }
      if (values.stream().anyMatch(value -> value == 0) || values.size() > MOST) {
        throw unusable(text);
      }
      return new Lengths(List.copyOf(values));
    }

    private void addRange(String from, String end, List<Integer> values) {
      String[] toAndStep = end.split("\\+", -1);
      long first = count.convert(from);
      long last = count.convert(toAndStep[0]);
      long step = toAndStep.length == 2 ? count.convert(toAndStep[1]) : 0;
      if (toAndStep.length > 2
          || first == 0
          || last < first
          || (toAndStep.length == 2 && step == 0)) {
        throw unusable(from + ".." + end);
      }
      for (long at = first; at <= last && values.size() <= MOST; at += step == 0 ? at : step) {
        values.add((int) at);
      }
    }

    private static TypeConversionException unusable(String text) {
      return new TypeConversionException(
          "'"
              + text
              + "': expected numbers of tokens such as 2K, 2K,8K, 2K..64K (doubling) or 2K..64K+2K"
              + " (in steps)");
    }
  }
}
