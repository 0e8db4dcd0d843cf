/** Shapes of one sample: the batch dimension is never part of them, since slices of every size share one model. */

export type Shape = readonly number[];

/** How a convolution or pooling treats the border: `same` pads with zeros so that stride 1 keeps the size. */
export type Padding = 'valid' | 'same';

/** Number of elements of one sample of this shape; 1 for the empty shape. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * Output length of a sliding window, o = floor((i + 2p - k) / s) + 1 with k the dilated kernel (Dumoulin and Visin 2016,
 * "A guide to convolution arithmetic"). TensorFlow's `same` pads 2p = max(0, (ceil(i / s) - 1) * s + k - i), unevenly if
 * that is odd, which makes o = ceil(i / s). A result below 1 means that the window does not fit.
 */
export function windowOutputLength(
  length: number,
  window: number,
  stride: number,
  padding: Padding,
  dilation = 1,
): number {
  const dilated = (window - 1) * dilation + 1;
  const padded = padding === 'same' ? Math.max(0, (Math.ceil(length / stride) - 1) * stride + dilated - length) : 0;
  return Math.floor((length + padded - dilated) / stride) + 1;
}

/** Output length of a transposed convolution, as tfjs's `deconvLength` and Keras have it. */
export function transposedOutputLength(length: number, window: number, stride: number, padding: Padding): number {
  return padding === 'same' ? length * stride : length * stride + Math.max(window - stride, 0);
}
