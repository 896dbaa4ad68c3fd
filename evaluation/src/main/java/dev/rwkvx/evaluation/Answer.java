package dev.rwkvx.evaluation;

import dev.rwkvx.evaluation.gate.GateHit;
import java.util.List;
import java.util.Optional;

/**
 * What a model said to a question.
 *
 * @param expected what it should have said
 * @param answer its greedy continuation
 * @param score from 0 to 1
 * @param gate how often the sparse blocks attended to what is expected, while as many tokens were
 *     written as a right answer has; empty where nobody could tell
 */
public record Answer(List<String> expected, String answer, double score, Optional<GateHit> gate) {}
