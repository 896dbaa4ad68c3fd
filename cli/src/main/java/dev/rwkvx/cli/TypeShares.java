package dev.rwkvx.cli;

import static java.util.stream.Collectors.joining;

import dev.rwkvx.checkpoint.Checkpoint;
import dev.rwkvx.checkpoint.DType;
import dev.rwkvx.checkpoint.TensorHeader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The types of the tensors of a checkpoint, in the order of {@link DType}.
 *
 * @param elements of all tensors
 * @param types what there is of each
 */
record TypeShares(long elements, Map<DType, Share> types) {
  /**
   * What there is of one type.
   *
   * @param elements of all its tensors
   * @param tensors how many there are
   */
  record Share(long elements, int tensors) {
    Share plus(Share other) {
      return new Share(Math.addExact(elements, other.elements), tensors + other.tensors);
    }
  }

  static TypeShares of(List<TensorHeader> headers) {
    Map<DType, Share> types = new TreeMap<>();
    for (TensorHeader header : headers) {
      long elements = LongStream.of(header.shape()).reduce(1, Math::multiplyExact);
      types.merge(header.type(), new Share(elements, 1), Share::plus);
    }
    return new TypeShares(types.values().stream().mapToLong(Share::elements).sum(), types);
  }

  static TypeShares of(Checkpoint checkpoint) {
    return of(
        checkpoint.names().stream()
            .map(n -> new TensorHeader(n, checkpoint.type(n), checkpoint.shape(n)))
            .toList());
  }

  /** Each type with its share of all elements, in percent. */
  Map<String, Double> percent() {
    Map<String, Double> percent = new LinkedHashMap<>();
    types.forEach((type, share) -> percent.put(type.label(), percent(share)));
    return percent;
  }

  private double percent(Share share) {
    return 100.0 * share.elements() / Math.max(1, elements);
  }

  /** As a line of words. */
  String describe() {
    return types.entrySet().stream()
        .map(e ->
            "%s %s %% (%d tensors)"
                .formatted(
                    e.getKey().label(),
                    Text.decimal(percent(e.getValue()), 1),
                    e.getValue().tensors()))
        .collect(joining(", "));
  }
}
