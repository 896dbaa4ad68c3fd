package dev.rwkvx.generate;

/** Which tokens may come next in a text of a certain form. For one text. */
public interface TokenConstraint {
  /** Any text. */
  TokenConstraint NONE =
      new TokenConstraint() {
        @Override
        public void mask(float[] logits, int left) {}

        @Override
        public void accept(int token) {}
      };

  /**
   * Makes the logits of tokens that must not come next −∞, those of stop tokens too as long as the
   * text is not complete.
   *
   * @param logits one per token id of the model; changed in place
   * @param left tokens that may still be drawn, this one included; the text should be complete by
   *     then
   */
  void mask(float[] logits, int left);

  /**
   * A token was drawn, which is no stop token.
   *
   * @param token its id
   */
  void accept(int token);
}
