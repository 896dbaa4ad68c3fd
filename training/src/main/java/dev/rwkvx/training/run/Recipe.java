package dev.rwkvx.training.run;

import java.util.Locale;

/** What a run is for: a set of defaults, in the resource of its name. */
public enum Recipe {
  /** From nothing, or on from a checkpoint. */
  PRETRAIN,
  /** New sparse blocks learn, all else is frozen. */
  ALIGN,
  /** Long documents with LongCE. */
  LONG,
  /** Conversations. */
  SFT;

  /** {@return the name in files and on command lines} */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
