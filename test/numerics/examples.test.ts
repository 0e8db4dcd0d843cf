import { sliceSeed, type JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { dropoutMask } from '../support/dropout-mask.js';
import { EagerReference } from '../support/eager-reference.js';
import { EXAMPLES, planExample } from '../support/examples.js';
import { madeUpSamples, madeUpWeights } from '../support/made-up-job.js';
import { withRecordedJob, type RecordedJob } from '../support/recorded-job.js';

const SAMPLES = 8;
const seed = sliceSeed(7, 3, 1);

/** Small enough that no unit is saturated: a gradient of 0 would prove nothing. */
function smallWeights(plan: JobPlan): Float32Array {
  return madeUpWeights(plan).map((weight) => 0.2 * weight);
}

describe.each(EXAMPLES)('The recorded graph of %s', (name) => {
  const plan = planExample(name, { batchSize: SAMPLES, sliceSize: SAMPLES });
  const samples = madeUpSamples(plan, SAMPLES);
  const weights = smallWeights(plan);

  it('gives the gradient and the loss of eager tfjs.', () => {
    const reference = new EagerReference(plan);
    reference.setWeights(weights);
    const expected = reference.sums(samples, dropoutMask(plan, seed));
    reference.dispose();
    withRecordedJob(plan, (job) => {
      const { values } = job.run('train', weights, samples, 1, Int32Array.from(seed));
      expect(relativeDifference(values.subarray(0, -2), expected.gradient)).toBeLessThanOrEqual(1e-6);
      expect(relativeDifference(values.subarray(-2), [expected.loss, SAMPLES])).toBeLessThanOrEqual(1e-6);
    });
  });

  it('gives the gradient of its first layer that finite differences give.', () => {
    withRecordedJob(plan, (job) => {
      const lossAt = (parameters: Float32Array) =>
        job.run('train', parameters, samples, 1, Int32Array.from(seed)).values.at(-2) as number;
      const { values } = job.run('train', weights, samples, 1, Int32Array.from(seed));
      for (const index of largest(values.subarray(0, plan.model.weights[0]?.size), 5)) {
        const ratio = difference(lossAt, weights, index) / (values[index] as number);
        expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
      }
    });
  });
});

/** Places of the largest values, by size alone. */
function largest(values: Float32Array, count: number): number[] {
  const places = [...values.keys()];
  return places.sort((a, b) => Math.abs(values[b] as number) - Math.abs(values[a] as number)).slice(0, count);
}

/** Central difference; the step weighs the rounding of the float32 loss against the loss's curvature. */
function difference(lossAt: (parameters: Float32Array) => number, at: Float32Array, index: number): number {
  const [above, below] = [at.slice(), at.slice()];
  above[index] = (at[index] as number) + 1e-3;
  below[index] = (at[index] as number) - 1e-3;
  return (lossAt(above) - lossAt(below)) / ((above[index] ?? 0) - (below[index] ?? 0));
}

function rows(outputs: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: outputs.length / width }, (_, row) => outputs.subarray(row * width, (row + 1) * width));
}

function argMax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

/** In float64: crossentropy of logits, or the squared error averaged over the outputs. */
function lossOf(plan: JobPlan, output: Float32Array, label: number): number {
  const values = [...output];
  if (plan.loss === 'crossentropy') {
    return Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)) - (values[label] as number);
  }
  return values.reduce((sum, value, k) => sum + (value - (k === label ? 1 : 0)) ** 2, 0) / values.length;
}

describe.each(EXAMPLES)('The sums of %s', (name) => {
  const COUNT = 64;
  const plan = planExample(name, { batchSize: COUNT, sliceSize: COUNT });
  const samples = madeUpSamples(plan, COUNT);
  const weights = smallWeights(plan);
  const reference = new EagerReference(plan);
  reference.setWeights(weights);
  const outputs = rows(reference.evaluate(samples).outputs, 10);
  const predicted = outputs.map(argMax);

  function evaluate(job: RecordedJob) {
    return job.run('evaluate', weights, samples);
  }

  it('are the loss and the weight that plain JavaScript gives.', () => {
    const losses = outputs.map((output, row) => lossOf(plan, output, samples.y[row] as number));
    const expected = losses.reduce((sum, loss) => sum + loss, 0);
    withRecordedJob(plan, (job) => {
      expect(relativeDifference(evaluate(job).values, [expected, COUNT])).toBeLessThanOrEqual(1e-6);
    });
  });

  it('count every pair of true and predicted class.', () => {
    const confusion = new Int32Array(100);
    predicted.forEach((guess, row) => {
      const cell = 10 * (samples.y[row] as number) + guess;
      confusion[cell] = (confusion[cell] as number) + 1;
    });
    withRecordedJob(plan, (job) => {
      expect(evaluate(job).counts).toEqual(Int32Array.of(...confusion, COUNT));
    });
  });

  // Without dropout training predicts what evaluation does.
  const drops = plan.model.layers.some(({ type }) => type === 'dropout');
  it.skipIf(drops)('count the right answers in training.', () => {
    const y = Int32Array.from(predicted, (guess, row) => (row % 2 === 0 ? guess : (guess + 1) % 10));
    withRecordedJob(plan, (job) => {
      expect(job.run('train', weights, { ...samples, y }).counts).toEqual(Int32Array.of(COUNT / 2, COUNT));
    });
  });
});
