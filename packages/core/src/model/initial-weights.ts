/** The weights that training starts from: a function of the model and the seed. */
import { nextNormal, nextTruncatedNormal } from '../random/normal.js';
import { randomStream, type RandomStream } from '../random/stream.js';
import type { Initializer } from './initializers.js';
import type { ModelPlan, WeightPlan } from './model-plan.js';
import { orthogonalMatrix } from './orthogonal.js';

/** Standard deviation of a standard normal number cut off at ±2, by which Keras corrects variance scaling. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** All weights in one flat vector, in the model's order; each weight draws from a stream of its own. */
export function initialWeights(model: ModelPlan, seed: number): Float32Array {
  const values = new Float32Array(model.parameters);
  for (const [index, weight] of model.weights.entries()) {
    const target = values.subarray(weight.offset, weight.offset + weight.size);
    initialize(target, weight, randomStream(seed, 'initial-weights', index));
  }
  return values;
}

function initialize(target: Float32Array, weight: WeightPlan, stream: RandomStream): void {
  const { initializer } = weight;
  if (initializer.type !== 'forgetGateOnes') {
    fill(target, initializer, weight, stream);
    return;
  }
  fill(target, initializer.base, weight, stream);
  target.fill(1, target.length / 4, target.length / 2);
}

function fill(target: Float32Array, initializer: Initializer, weight: WeightPlan, stream: RandomStream): void {
  const { fanIn, fanOut } = weight;
  switch (initializer.type) {
    case 'zeros':
      return;
    case 'ones':
      target.fill(1);
      return;
    case 'constant':
      target.fill(initializer.value);
      return;
    case 'orthogonal':
      target.set(orthogonalMatrix(weight.shape, initializer.gain, stream));
      return;
    case 'randomUniform':
      fillUniform(target, initializer.minval, initializer.maxval, stream);
      return;
    case 'randomNormal':
      fillWith(target, () => initializer.mean + initializer.stddev * nextNormal(stream));
      return;
    case 'truncatedNormal':
      fillWith(target, () => initializer.mean + initializer.stddev * nextTruncatedNormal(stream));
      return;
    case 'glorotUniform':
    case 'glorotNormal':
      return fillScaled(target, initializer.type, 2 / (fanIn + fanOut), stream);
    case 'heUniform':
    case 'heNormal':
      return fillScaled(target, initializer.type, 2 / fanIn, stream);
    case 'leCunUniform':
    case 'leCunNormal':
      return fillScaled(target, initializer.type, 1 / fanIn, stream);
  }
}

/**
 * Variance scaling (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998): uniform within ±sqrt(3 variance), or
 * normal cut off at two standard deviations and widened so that the variance is right after the cut, as Keras does.
 */
function fillScaled(target: Float32Array, type: string, variance: number, stream: RandomStream): void {
  if (type.endsWith('Uniform')) {
    const limit = Math.sqrt(3 * variance);
    fillUniform(target, -limit, limit, stream);
  } else {
    const stddev = Math.sqrt(variance) / TRUNCATED_STDDEV;
    fillWith(target, () => stddev * nextTruncatedNormal(stream));
  }
}

function fillUniform(target: Float32Array, low: number, high: number, stream: RandomStream): void {
  fillWith(target, () => low + (high - low) * stream.nextUniform());
}

function fillWith(target: Float32Array, next: () => number): void {
  for (let index = 0; index < target.length; index += 1) target[index] = next();
}
