package dev.rwkvx.model;

import dev.rwkvx.checkpoint.Tensor;
import dev.rwkvx.math.Matrix;
import java.util.List;

/**
 * The weights of a model: immutable, shared by all states and threads.
 *
 * @param embedding [V,C], of which rows are looked up
 * @param inputNorm LN0
 * @param blocks the stack, bottom first
 * @param outputNorm LN_out
 * @param head [V,C]
 * @param largestHidden the widest channel mix; F
 * @param largestLowRank the widest low-rank pair; D
 */
record Weights(
    Config config,
    Tensor embedding,
    LayerNorm inputNorm,
    List<Block> blocks,
    LayerNorm outputNorm,
    Matrix head,
    int largestHidden,
    int largestLowRank) {}
