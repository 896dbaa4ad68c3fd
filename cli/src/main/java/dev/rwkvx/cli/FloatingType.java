package dev.rwkvx.cli;

import dev.rwkvx.checkpoint.DType;

/** Types of weights as users name them. */
enum FloatingType {
  f32(DType.F32),
  bf16(DType.BF16),
  f16(DType.F16);

  final DType type;

  FloatingType(DType type) {
    this.type = type;
  }
}
