package dev.rwkvx.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;

/** Hears an answer while it is written. */
interface AnswerListener {
  /** Hears nothing. */
  AnswerListener SILENT =
      new AnswerListener() {
        @Override
        public void onText(String piece) {}

        @Override
        public void onThought(String piece) {}

        @Override
        public void onCall(int index, ToolExecutionRequest call) {}
      };

  /** A piece of what is said, never empty. */
  void onText(String piece);

  /** A piece of the thoughts before it, never empty. */
  void onThought(String piece);

  /** A whole tool call, the {@code index}-th of this answer from 0. */
  void onCall(int index, ToolExecutionRequest call);
}
