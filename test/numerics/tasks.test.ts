import type { JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../support/closeness.js';
import { EagerReference, type Samples } from '../support/eager-reference.js';
import { madeUpSamples, madeUpWeights, planMadeUp, type LayerFile, type MadeUpJob } from '../support/made-up-job.js';
import { withRecordedJob, type RecordedJob } from '../support/recorded-job.js';

const SAMPLES = 16;
/** The largest difference, as a share of the largest entry. */
const TOLERANCE = 1e-6;
const hidden: LayerFile = { type: 'dense', units: 6, activation: 'tanh' };
const dense = (units: number, activation = 'linear'): LayerFile => ({ type: 'dense', units, activation });

const binary = { task: 'binary', classes: 2, featureShape: [5], samples: SAMPLES } as const;
const regression = { task: 'regression', targets: 2, featureShape: [5], samples: SAMPLES } as const;
const threeClasses = { featureShape: [5], samples: SAMPLES, layers: [hidden, dense(3)] };
const columns = { offset: [0, 0.1, -0.3, 2, 5], scale: [1, 0.3, 2, 7, 0.1] };
const unequal = { classWeights: { '0': 0.25, '1': 3 } };

const JOBS: readonly { name: string; job: MadeUpJob }[] = [
  { name: 'two classes by one logit', job: { ...binary, layers: [hidden, dense(1)] } },
  { name: 'two classes by one sigmoid', job: { ...binary, layers: [hidden, dense(1, 'sigmoid')] } },
  {
    name: 'two classes by a sigmoid layer of its own',
    job: { ...binary, layers: [hidden, dense(1), { type: 'activation', activation: 'sigmoid' }] },
  },
  { name: 'two classes by two logits', job: { ...binary, layers: [hidden, dense(2)] } },
  { name: 'two classes by softmax', job: { ...binary, layers: [hidden, dense(2, 'softmax')] } },
  {
    name: 'two classes by squared errors',
    job: { ...binary, layers: [hidden, dense(1, 'sigmoid')], training: { loss: 'meanSquaredError' } },
  },
  { name: 'two weighted classes', job: { ...binary, layers: [hidden, dense(1, 'sigmoid')], training: unequal } },
  { name: 'three weighted classes', job: { ...threeClasses, training: unequal } },
  {
    name: 'three weighted classes by absolute errors',
    job: { ...threeClasses, training: { ...unequal, loss: 'meanAbsoluteError' } },
  },
  { name: 'two values', job: { ...regression, layers: [hidden, dense(2)] } },
  {
    name: 'two values by absolute errors',
    job: { ...regression, layers: [hidden, dense(2)], training: { loss: 'meanAbsoluteError' } },
  },
  { name: 'columns normalised one by one', job: { ...threeClasses, normalisation: columns } },
  {
    name: 'an autoencoder of such columns, of a dataset with values',
    job: { ...regression, task: 'autoencoder', normalisation: columns, layers: [hidden, dense(5)] },
  },
];

function lossesAndGradient(plan: JobPlan) {
  const samples = madeUpSamples(plan, SAMPLES);
  const reference = new EagerReference(plan);
  reference.setWeights(madeUpWeights(plan));
  const expected = { ...reference.sums(samples), evaluated: reference.evaluate(samples).loss };
  reference.dispose();
  return expected;
}

/** What the samples weigh in the loss. */
function weightOf({ classWeights }: JobPlan, labels: ArrayLike<number>): number {
  if (classWeights === null) return SAMPLES;
  return Array.from(labels).reduce((sum, label) => sum + (classWeights[label] ?? NaN), 0);
}

describe.each(JOBS)('Training on $name', ({ job: made }) => {
  const plan = planMadeUp(made);
  const samples = madeUpSamples(plan, SAMPLES);
  const weights = madeUpWeights(plan);

  it('has the gradient, the loss and the weight of eager tfjs.', () => {
    const expected = lossesAndGradient(plan);
    withRecordedJob(plan, (job) => {
      const train = job.run('train', weights, samples).values;
      expect(relativeDifference(train.subarray(0, -2), expected.gradient)).toBeLessThanOrEqual(TOLERANCE);
      expect(train.at(-2)! / expected.loss).toBeCloseTo(1, 6);
      expect(train.at(-1)! / weightOf(plan, samples.y)).toBeCloseTo(1, 6);
      const evaluated = job.run('evaluate', weights, samples).values;
      expect(evaluated.at(-2)! / expected.evaluated).toBeCloseTo(1, 6);
      expect(evaluated.at(-1)).toBe(train.at(-1));
    });
  });

  it('has the gradient that finite differences give.', () => {
    withRecordedJob(plan, (job) => {
      const lossAt = (parameters: Float32Array) => job.run('train', parameters, samples).values.at(-2)!;
      const gradient = job.run('train', weights, samples).values.subarray(0, -2);
      const largest = [...gradient.keys()].sort((a, b) => Math.abs(gradient[b]!) - Math.abs(gradient[a]!))[0]!;
      const [above, below] = [weights.slice(), weights.slice()];
      // The float32 loss of values far from 0 has few digits for the difference.
      const step = plan.spec.task === 'regression' ? 5e-2 : 1e-2;
      above[largest]! += step;
      below[largest]! -= step;
      const slope = (lossAt(above) - lossAt(below)) / (above[largest]! - below[largest]!);
      expect(Math.abs(slope / gradient[largest]! - 1)).toBeLessThan(0.01);
    });
  });

  it('counts its samples, whatever they weigh.', () => {
    withRecordedJob(plan, (job) => {
      for (const kind of ['train', 'evaluate'] as const) {
        expect(job.run(kind, weights, samples).counts.at(-1)).toBe(SAMPLES);
      }
    });
  });
});

describe('The binary crossentropy', () => {
  const plan = planMadeUp({ ...binary, featureShape: [1], layers: [{ ...dense(1), useBias: false }] });
  const logits = [-1e30, -1000, -88, -20, -1e-3, 0, 0, 1e-3, 3, 20, 88, 1000, 1e30, -1000, 1000, 0.5];
  const y = Int32Array.from(logits, (_, index) => index % 2);

  it('and its gradient are right for logits of any size, 0 among them.', () => {
    withRecordedJob(plan, (job) => {
      logits.forEach((logit, index) => {
        // Sixteen times the same sample.
        const label = y[index]!;
        const samples = { x: new Float32Array(SAMPLES).fill(logit), y: new Int32Array(SAMPLES).fill(label) };
        const [gradient, loss] = job.run('train', Float32Array.of(1), samples).values;
        const signed = label === 1 ? -logit : logit;
        const expected = signed > 0 ? signed + Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed));
        const probability = 1 / (1 + Math.exp(-signed));
        expect(loss! / SAMPLES).toBeCloseTo(expected, expected > 1e6 ? -25 : 4);
        const slope = (label === 1 ? -probability : probability) * logit;
        expect(gradient! / SAMPLES).toBeCloseTo(slope, Math.abs(slope) > 1e6 ? -25 : 4);
      });
    });
  });
});

describe('The counts of a binary task', () => {
  it.each([
    { name: 'one logit', layers: [dense(1)], threshold: 0 },
    { name: 'one sigmoid', layers: [dense(1, 'sigmoid')], threshold: 0 },
    {
      name: 'one sigmoid with squared errors',
      layers: [dense(1, 'sigmoid')],
      training: { loss: 'meanSquaredError' },
      threshold: 0.5,
    },
  ])('are the confusion of true and predicted classes, with $name', ({ layers, training, threshold }) => {
    const plan = planMadeUp({ ...binary, layers, ...(training && { training }) });
    const samples = madeUpSamples(plan, SAMPLES);
    const reference = new EagerReference(plan);
    reference.setWeights(madeUpWeights(plan));
    const predicted = [...reference.evaluate(samples).outputs].map((output) => (output > threshold ? 1 : 0));
    reference.dispose();
    const confusion = [0, 0, 0, 0];
    predicted.forEach((guess, row) => (confusion[2 * samples.y[row]! + guess]! += 1));
    const right = confusion[0]! + confusion[3]!;
    withRecordedJob(plan, (job) => {
      expect([...job.run('evaluate', madeUpWeights(plan), samples).counts]).toEqual([...confusion, SAMPLES]);
      expect([...job.run('train', madeUpWeights(plan), samples).counts]).toEqual([right, SAMPLES]);
    });
  });
});

describe('The metric sums of a regression', () => {
  it('are those of plain JavaScript, from targets far from 0 too.', () => {
    const plan = planMadeUp({ ...regression, layers: [dense(2)] });
    const samples = madeUpSamples(plan, SAMPLES);
    // The bias puts the outputs near the targets.
    const weights = madeUpWeights(plan).fill(2000, 10);
    const reference = new EagerReference(plan);
    reference.setWeights(weights);
    const { outputs } = reference.evaluate(samples);
    reference.dispose();
    const sum = (term: (output: number, target: number) => number, column?: number) =>
      outputs.reduce(
        (total, output, index) =>
          column === undefined || index % 2 === column ? total + term(output, samples.y[index]!) : total,
        0,
      );
    const columnSums = (term: (output: number, target: number) => number) => [sum(term, 0), sum(term, 1)];
    const expected = [
      sum((output, target) => Math.abs(output - target)) / 2,
      ...columnSums((output, target) => (output - target) ** 2),
      ...columnSums((_, target) => target - 2000),
      ...columnSums((_, target) => (target - 2000) ** 2),
    ];
    withRecordedJob(plan, (job) => {
      const { values } = job.run('evaluate', weights, samples);
      expect(values).toHaveLength(7 + 2);
      expect(relativeDifference(values.subarray(0, 7), expected)).toBeLessThanOrEqual(TOLERANCE);
      // No metric sums in training: there the vector is the gradient.
      expect(job.run('train', weights, samples).values).toHaveLength(plan.model.parameters + 2);
    });
  });
});

describe('A frozen layer', () => {
  const layers = [hidden, { ...dense(4, 'tanh'), trainable: false }, dense(2)];
  const plan = planMadeUp({ ...regression, layers });
  const thawed = planMadeUp({ ...regression, layers: [hidden, dense(4, 'tanh'), dense(2)] });
  const samples = madeUpSamples(plan, SAMPLES);

  it('has zeros for its gradient, and the others have the gradient that they have without it.', () => {
    const gradientOf = (one: JobPlan) =>
      withRecordedJob(one, (job) => job.run('train', madeUpWeights(one), samples).values);
    const [frozen, all] = [gradientOf(plan), gradientOf(thawed)];
    const { offset } = plan.model.layers[1]!.weights[0]!;
    const end = offset + plan.model.layers[1]!.parameters;
    expect(frozen.subarray(offset, end).every((value) => value === 0)).toBe(true);
    expect([...frozen].filter((_, index) => index < offset || index >= end)).toEqual(
      [...all].filter((_, index) => index < offset || index >= end),
    );
  });

  it.each<{ training: Record<string, unknown> }>([
    { training: { optimizer: { type: 'sgd', learningRate: 0.01 } } },
    { training: { optimizer: { type: 'sgd', momentum: 0.9, nesterov: true } } },
    { training: { optimizer: { type: 'adam' } } },
    { training: { optimizer: { type: 'adamw', weightDecay: 10 } } },
    { training: { optimizer: { type: 'rmsprop', momentum: 0.9, centered: true } } },
    { training: { optimizer: { type: 'adagrad' } } },
    { training: { optimizer: { type: 'adamw', weightDecay: 10 }, clip: { norm: 0.01 } } },
  ])('keeps its weights bit by bit, and the others move, with $training', ({ training }) => {
    const moving = planMadeUp({ ...regression, layers, training });
    withRecordedJob(moving, (recorded) => {
      const initial = madeUpWeights(moving);
      // A zero's sign is a bit too, and the smallest numbers must not be flushed to zero.
      initial.set([-0, 1e-40, -1e-45], moving.model.layers[1]!.weights[0]!.offset);
      const after = trained(recorded, initial, samples);
      for (const { trainable, weights } of moving.model.layers) {
        for (const { offset, size } of weights) {
          const [old, now] = [initial, after].map((all) => new Uint32Array(all.buffer, 4 * offset, size));
          if (trainable) expect(now).not.toEqual(old);
          else expect(now).toEqual(old);
        }
      }
    });
  });
});

/** The parameters after three steps. */
function trained(job: RecordedJob, initial: Float32Array, samples: Samples): Float32Array {
  const state = job.parameterState(initial);
  for (let step = 0; step < 3; step++) {
    state.apply(job.run('train', state.readParameters(), samples).values, 0.01);
  }
  const after = state.readParameters();
  state.dispose();
  return after;
}
