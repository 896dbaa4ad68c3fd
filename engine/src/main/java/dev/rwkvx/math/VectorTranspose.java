package dev.rwkvx.math;

/** Transposes in squares that stay within a few cache lines. */
final class VectorTranspose {
  private static final int SQUARE = 16;

  private VectorTranspose() {}

  static void run(
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    for (int row = 0; row < rows; row += SQUARE) {
      int lastRow = Math.min(row + SQUARE, rows);
      for (int column = 0; column < columns; column += SQUARE) {
        int lastColumn = Math.min(column + SQUARE, columns);
        for (int j = column; j < lastColumn; j++) {
          int to = yOffset + j * yStride;
          for (int i = row; i < lastRow; i++) {
            y[to + i] = x[xOffset + i * xStride + j];
          }
        }
      }
    }
  }
}
