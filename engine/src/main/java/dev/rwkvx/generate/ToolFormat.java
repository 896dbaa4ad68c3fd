package dev.rwkvx.generate;

import dev.rwkvx.generate.ChatFormat.Role;
import dev.rwkvx.generate.ChatFormat.Turn;

/**
 * How the published G1 models are told of tools and call them (MODEL.md): a System turn lists the
 * functions as JSON, a call is JSON in a code fence, and a User turn brings its result.
 */
public final class ToolFormat {
  /** What every code fence begins and ends with. */
  public static final String FENCE = "```";

  /** What a call begins with; a JSON object follows on the next line. */
  public static final String CALL = FENCE + "json";

  /** What a prompt has after {@code Assistant:} when nothing but a call will do. */
  public static final String OPENING = " " + CALL + "\n";

  private ToolFormat() {}

  /**
   * {@return the turn that lists functions}
   *
   * @param functions a JSON array of {@code {"name", "description", "arguments"}}
   * @param required whether nothing but a call will do; else the model may answer in words, such as
   *     when it has seen a result
   */
  public static Turn listing(String functions, boolean required) {
    String order = required ? "\nReturn only a JSON function call." : "";
    return new Turn(Role.SYSTEM, "Tools:\n" + functions + order);
  }

  /**
   * {@return the text of an answer that calls}
   *
   * @param call a JSON object {@code {"name", "arguments"}}, or an array of these
   */
  public static String call(String call) {
    return CALL + "\n" + call + "\n" + FENCE;
  }

  /**
   * {@return the turn that brings back what a function gave}
   *
   * @param content JSON, or words
   */
  public static Turn output(String content) {
    return new Turn(Role.USER, "Function output:\n" + content);
  }
}
