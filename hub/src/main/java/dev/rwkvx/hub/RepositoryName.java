package dev.rwkvx.hub;

import dev.rwkvx.InputException;
import java.util.regex.Pattern;

/**
 * A repository on the hub, as in {@code BlinkDL/rwkv7-g1}.
 *
 * @param owner of letters, digits, '-', '_' and '.'
 * @param name of the same
 */
public record RepositoryName(String owner, String name) {
  /** Neither "." nor ".." nor anything else that means something to a file system. */
  private static final Pattern PART = Pattern.compile("\\w(?:[\\w.-]{0,94}\\w)?");

  /** Checks that both parts are names that the hub allows. */
  public RepositoryName {
    if (!isName(owner, name)) {
      throw new InputException(
          "'"
              + owner
              + "/"
              + name
              + "' is not the name of a repository; expected OWNER/NAME of letters, digits, '-',"
              + " '_' and '.', such as BlinkDL/rwkv7-g1");
    }
  }

  /** Whether owner and name have the form that such names have. */
  static boolean isName(String owner, String name) {
    return isPart(owner) && isPart(name);
  }

  private static boolean isPart(String part) {
    return PART.matcher(part).matches() && !part.contains("..");
  }

  /** {@code OWNER/NAME}. */
  @Override
  public String toString() {
    return owner + "/" + name;
  }
}
