/** The masks that the engine's dropout layers draw, worked out from their description: for the eager reference. */
import type { JobPlan } from '@lockstep/core';
import type { TensorInfo } from '@tensorflow/tfjs-node';
import { tf, type DropoutMask } from './eager-reference.js';

interface Backend {
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_FLOAT' | 'TF_INT32', number>>;
  executeSingleOutput(op: string, attributes: readonly object[], inputs: readonly TensorInfo[]): TensorInfo;
}

/** TensorFlow's StatelessRandomUniform, in [0, 1). */
function uniform(shape: readonly number[], seed: readonly number[]) {
  const backend = tf.backend() as unknown as Backend;
  const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = backend.binding;
  const attributes = [
    { name: 'T', type, value: TF_INT32 },
    { name: 'dtype', type, value: TF_FLOAT },
    { name: 'Tseed', type, value: TF_INT32 },
  ];
  const inputs = [tf.tensor1d([...shape], 'int32'), tf.tensor1d([...seed], 'int32')];
  return tf
    .engine()
    .makeTensorFromTensorInfo(backend.executeSingleOutput('StatelessRandomUniform', attributes, inputs));
}

/**
 * Keeps what is drawn at or above the rate, and scales it by 1 / (1 - rate).
 * @param seed of the slice; a layer adds its place to the first number
 */
export function dropoutMask(plan: JobPlan, seed: readonly [number, number]): DropoutMask {
  return (index, shape) => {
    const layer = plan.model.layers[index];
    if (layer?.type !== 'dropout') throw new Error(`Layer ${String(index)} is no dropout layer.`);
    const { rate } = layer.options;
    const drawn = uniform(shape, [(seed[0] + index) | 0, seed[1]]);
    return drawn
      .greaterEqual(tf.scalar(rate))
      .cast('float32')
      .mul(1 / (1 - rate));
  };
}
