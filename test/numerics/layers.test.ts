import { sliceSeed, type JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { EagerReference } from '../support/eager-reference.js';
import { LAYER_MODELS, MISSING_LAYER_TYPES, UNTRAINABLE_LAYER_MODELS } from '../support/layer-models.js';
import { madeUpSamples, madeUpWeights, planMadeUp } from '../support/made-up-job.js';
import { dropoutMask } from '../support/dropout-mask.js';
import { RecordedJob, withRecordedJob } from '../support/recorded-job.js';

/** The largest difference, as a share of the largest entry. */
const TOLERANCE = 1e-6;
const SAMPLES = 4;
const seed = sliceSeed(7, 1, 0);

function eager(plan: JobPlan, weights = madeUpWeights(plan)) {
  const samples = madeUpSamples(plan, SAMPLES);
  const reference = new EagerReference(plan);
  reference.setWeights(weights);
  const expected = {
    training: reference.sums(samples, dropoutMask(plan, seed)),
    evaluation: reference.evaluate(samples),
  };
  reference.dispose();
  return expected;
}

function recorded(plan: JobPlan) {
  const samples = madeUpSamples(plan, SAMPLES);
  const parameters = madeUpWeights(plan);
  return withRecordedJob(plan, (job) => {
    const { values } = job.run('train', parameters, samples, 1, Int32Array.from(seed));
    const evaluation = job.run('evaluate', parameters, samples);
    return { gradient: values.subarray(0, -2), sums: [...values.subarray(-2)], evaluated: [...evaluation.values] };
  });
}

it('There is a model for every layer type.', () => {
  expect(MISSING_LAYER_TYPES).toEqual([]);
});

describe('A recorded graph gives the gradient and the losses of eager tfjs with', () => {
  it.each(LAYER_MODELS)('$name', ({ job }) => {
    const plan = planMadeUp(job);
    const expected = eager(plan);
    const actual = recorded(plan);
    expect(relativeDifference(actual.gradient, expected.training.gradient)).toBeLessThanOrEqual(TOLERANCE);
    expect(relativeDifference(actual.sums, [expected.training.loss, SAMPLES])).toBeLessThanOrEqual(TOLERANCE);
    expect(relativeDifference(actual.evaluated, [expected.evaluation.loss, SAMPLES])).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe('Layer normalisation gives what it gives with neutral weights', () => {
  it.each([{ center: false }, { scale: false }, { center: false, scale: false }])('with %o', (options) => {
    const [partial, whole] = [options, {}].map((chosen) =>
      planMadeUp({
        featureShape: [5],
        layers: [
          { type: 'dense', units: 6 },
          { type: 'layerNormalization', ...chosen },
          { type: 'dense', units: 3 },
        ],
      }),
    ) as [JobPlan, JobPlan];
    const weights = new Float32Array(whole.model.parameters);
    const given = madeUpWeights(partial);
    const own = whole.model.weights.map((weight) => ({
      weight,
      counterpart: partial.model.weights.find(({ name }) => name === weight.name),
    }));
    for (const { weight, counterpart } of own) {
      const target = weights.subarray(weight.offset, weight.offset + weight.size);
      if (counterpart === undefined) target.fill(weight.name.endsWith('gamma') ? 1 : 0);
      else target.set(given.subarray(counterpart.offset, counterpart.offset + counterpart.size));
    }
    const { gradient, loss } = eager(whole, weights).training;
    const expected = own.flatMap(({ weight, counterpart }) =>
      counterpart === undefined ? [] : [...gradient.subarray(weight.offset, weight.offset + weight.size)],
    );
    const actual = recorded(partial);
    expect(relativeDifference(actual.gradient, expected)).toBeLessThanOrEqual(TOLERANCE);
    expect(relativeDifference(actual.sums, [loss, SAMPLES])).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe('A model that has no gradient is refused with the layer named:', () => {
  it.each(UNTRAINABLE_LAYER_MODELS)('$name', ({ job, type }) => {
    expect(() => new RecordedJob(planMadeUp(job))).toThrow(
      expect.objectContaining({
        code: 'MODEL_NOT_RECORDABLE',
        message: expect.stringContaining(`layer tested (${type}): its gradient: `) as string,
      }),
    );
  });
});
