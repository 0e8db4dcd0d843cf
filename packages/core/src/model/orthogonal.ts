/** Random orthogonal matrices for recurrent kernels (Saxe et al. 2014), in float64 with the same bits everywhere. */
import { nextNormal } from '../random/normal.js';
import type { RandomStream } from '../random/stream.js';
import { elementCount, type Shape } from './shape.js';

/**
 * A matrix of all but the last dimension by the last, row-major, whose rows or columns (whichever are fewer) are
 * orthonormal, times `gain`. Gram–Schmidt on normal vectors leaves the diagonal of R positive, so all orthogonal
 * matrices are equally likely (Mezzadri 2007).
 */
export function orthogonalMatrix(shape: Shape, gain: number, stream: RandomStream): Float64Array {
  const columns = shape.at(-1) ?? 1;
  const rows = elementCount(shape) / columns;
  const vectors = orthonormalVectors(Math.min(rows, columns), Math.max(rows, columns), stream);
  const matrix = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = rows <= columns ? vectors[row]?.[column] : vectors[column]?.[row];
      matrix[row * columns + column] = gain * (value ?? 0);
    }
  }
  return matrix;
}

/** Modified Gram–Schmidt: each new vector is made orthogonal to those before it, one after the other. */
function orthonormalVectors(count: number, length: number, stream: RandomStream): Float64Array[] {
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => nextNormal(stream));
    for (const earlier of vectors) subtractProjection(vector, earlier);
    // A second pass takes out what rounding has left of the last vectors of a square matrix.
    for (const earlier of vectors) subtractProjection(vector, earlier);
    const norm = Math.sqrt(dot(vector, vector));
    // A vector within the span of the others is all but impossible; another one is drawn then.
    if (norm > 1e-9) vectors.push(vector.map((value) => value / norm));
  }
  return vectors;
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  const length = dot(vector, unit);
  for (let index = 0; index < vector.length; index += 1) {
    vector[index] = (vector[index] ?? 0) - length * (unit[index] ?? 0);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
