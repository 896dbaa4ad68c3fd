package dev.rwkvx.evaluation;

import java.util.List;

/**
 * What a model said to a question.
 *
 * @param expected what it should have said
 * @param answer its greedy continuation
 * @param score from 0 to 1
 */
public record Answer(List<String> expected, String answer, double score) {}
