package dev.rwkvx.model;

/** One block of the stack: x += mix(LN1 x); x += channelMix(LN2 x). */
sealed interface Block {
  LayerNorm norm1();

  LayerNorm norm2();

  ChannelMix channelMix();

  /** A recurrent block. */
  record Rwkv(LayerNorm norm1, TimeMix timeMix, LayerNorm norm2, ChannelMix channelMix)
      implements Block {}

  /** A sparse-attention block. */
  record Sparse(LayerNorm norm1, SparseAttention attention, LayerNorm norm2, ChannelMix channelMix)
      implements Block {}

  default void forward(Pass pass) {
    switch (this) {
      case Rwkv block -> block.timeMix().forward(pass, norm1());
      case Sparse block -> block.attention().forward(pass, norm1());
    }
    channelMix().forward(pass, norm2());
  }
}
