import { describe, expect, test } from 'vitest';
import {
  digitsFaults as faults,
  digitsPlan as plan,
  findDataset,
  flatten,
  mnist,
  output,
} from './testing/digits-job.js';
import { planJob } from './plan-job.js';

const training = (section: object) => ({ training: section });
const unvalidated = { data: { train: 'mnist/train', validation: 0 } };

describe('the training section', () => {
  test('takes steps in place of epochs, and the plan has both', () => {
    expect(plan(training({ steps: 100 }))).toMatchObject({ steps: 100, epochs: 2, stepsPerEpoch: 57 });
    expect(plan(training({ steps: 57 }))).toMatchObject({ steps: 57, epochs: 1 });
    expect(plan(training({ steps: 100 })).spec.training).not.toHaveProperty('epochs');
    expect(faults(training({ steps: 100, epochs: 2 }))).toEqual([
      'training.steps: must not be there together with epochs: write one of the two',
    ]);
    expect(faults(training({ steps: 1e12 }))).toEqual([
      'training.steps: must be at most 1000000000, got 1000000000000',
    ]);
  });

  test('fills in schedules and early stopping', () => {
    const schedule = (value: object) => plan(training({ schedule: value })).schedule;
    expect(schedule({ type: 'step', every: 2, factor: 0.5 })).toEqual({
      type: 'step',
      every: 2,
      factor: 0.5,
      warmupSteps: 0,
    });
    expect(schedule({ type: 'cosine', warmupSteps: 10 })).toEqual({ type: 'cosine', minimum: 0, warmupSteps: 10 });
    expect(schedule({ type: 'plateau' })).toEqual({
      type: 'plateau',
      monitor: 'validationLoss',
      factor: 0.5,
      patience: 3,
      minDelta: 0,
      minimum: 0,
      warmupSteps: 0,
    });
    expect(plan(training({ earlyStopping: {} })).earlyStopping).toEqual({
      monitor: 'validationLoss',
      patience: 5,
      minDelta: 0,
      restoreBestWeights: true,
    });
  });

  test('fills in checkpoints and the priority', () => {
    const { checkpoint, priority } = plan({ checkpoint: { everySteps: 7 }, priority: -3 });
    expect(checkpoint).toEqual({ everySteps: 7, everySeconds: 60, keep: 3 });
    expect(priority).toBe(-3);
  });

  test('plans what it has planned to the same plan again', () => {
    const first = plan({
      $schema: 'https://example.org/job.json',
      ...training({ steps: 9, schedule: { type: 'plateau' }, earlyStopping: {} }),
      checkpoint: { everySteps: 1 },
    });
    expect(plan(first.spec)).toEqual(first);
  });

  test.each<[string, object, RegExp]>([
    [
      'an unknown schedule',
      training({ schedule: { type: 'cosin' } }),
      /^training.schedule.type: .*did you mean 'cosine'/,
    ],
    [
      'a schedule that makes the rate grow',
      training({ schedule: { type: 'exponential', factor: 1.1 } }),
      /^training.schedule.factor: must be at most 1, got 1.1/,
    ],
    [
      'a step schedule without its length',
      training({ schedule: { type: 'step', factor: 0.5 } }),
      /^training.schedule.every: is required: a /,
    ],
    [
      'early stopping by what is not there',
      { ...unvalidated, ...training({ earlyStopping: {} }) },
      /^training.earlyStopping.monitor: validationLoss needs validation samples, .* or use trainLoss/,
    ],
    [
      'a plateau of what is not there',
      { ...unvalidated, ...training({ schedule: { type: 'plateau' } }) },
      /^training.schedule.monitor: validationLoss needs validation samples/,
    ],
    [
      'accuracy where there are no classes',
      { task: 'autoencoder', ...training({ earlyStopping: { monitor: 'validationAccuracy' } }) },
      /^training.earlyStopping.monitor: the task autoencoder has no accuracy/,
    ],
    [
      'two ways to clip',
      training({ clip: { value: 1, norm: 1 } }),
      /^training.clip: must have one of .*, got value and norm/,
    ],
    ['no way to clip', training({ clip: {} }), /^training.clip: must have one of value, norm, globalNorm, got nothing/],
    ['a limit of 0', training({ clip: { value: 0 } }), /^training.clip.value: must be at least 1e-30, got 0/],
    [
      'a limit that is 0 in float32',
      training({ clip: { globalNorm: 1e-60 } }),
      /^training.clip.globalNorm: must be at least 1e-30, got 1e-60/,
    ],
    [
      'an epsilon that is 0 in float32',
      training({ optimizer: { type: 'adam', epsilon: 1e-60 } }),
      /^training.optimizer.epsilon: must be at least 1e-30, got 1e-60/,
    ],
    [
      'a schedule whose lower bound is above the rate',
      training({ optimizer: { type: 'sgd', learningRate: 0.1 }, schedule: { type: 'cosine', minimum: 0.2 } }),
      /^training.schedule.minimum: must be at most 0.1 \(the learning rate\), got 0.2/,
    ],
    [
      'weights of a class that is not there',
      training({ classWeights: { ten: 2 } }),
      /^training.classWeights.ten: there is no such class; there are "0", "1"/,
    ],
    [
      'a negative class weight',
      training({ classWeights: { '3': -1 } }),
      /^training.classWeights\["3"\]: must be at least 0.000001, got -1/,
    ],
    [
      'a misspelt word for weights',
      training({ classWeights: 'balance' }),
      /^training.classWeights: must be balanced, got/,
    ],
    [
      'balanced weights of a dataset that has no counts',
      training({ classWeights: 'balanced' }),
      /^training.classWeights: 'mnist' does not say how many samples each class has/,
    ],
    [
      'class weights without classes',
      { task: 'autoencoder', ...training({ classWeights: 'balanced' }) },
      /^training.classWeights: the task autoencoder has no classes to weigh/,
    ],
    [
      'a model that is frozen as a whole',
      { model: { layers: [flatten, { ...output, trainable: false }] } },
      /^model.layers: must have a layer with weights that is trainable/,
    ],
    [
      'a model without a version',
      { model: { layers: [flatten, output], initialWeights: 'mnist-mlp' } },
      /^model.initialWeights: must be <model>\/<version>, such as .*, got "mnist-mlp"/,
    ],
    ['a binary task of ten classes', { task: 'binary' }, /^task: binary needs two classes, and 'mnist' has 10/],
    ['a regression of classes', { task: 'regression' }, /^task: regression needs values to predict/],
    ['a priority beyond the limit', { priority: 101 }, /^priority: must be at most 100, got 101/],
    [
      'a version that is not there',
      { data: { train: 'mnist@2/train' } },
      /^data.train: 'mnist' has no version 2; the newest is 1/,
    ],
    [
      'splits of two versions',
      { data: { train: 'mnist/train', test: 'mnist@2/test' } },
      /^data.test: must be of version 1, as data.train is/,
    ],
  ])('refuses %s', (_what, change, message) => {
    const found = faults(change);
    expect(
      found.some((fault) => message.test(fault)),
      found.join('\n'),
    ).toBe(true);
  });

  test('plans the model to start from, by an alias or pinned to its weights', () => {
    for (const initialWeights of ['a/latest', `a/3@${'0f'.repeat(32)}`]) {
      expect(plan({ model: { layers: [flatten, output], initialWeights } })).toMatchObject({ initialWeights });
    }
    expect(faults({ model: { layers: [flatten, output], initialWeights: 'a/3@0f' } })).toHaveLength(1);
  });

  test('plans clipping, class weights and frozen layers', () => {
    const frozen = { type: 'dense', units: 4, trainable: false };
    const { clip, classWeights, model } = plan({
      model: { layers: [flatten, frozen, output] },
      ...training({ clip: { globalNorm: 2 }, classWeights: { '3': 2.5 } }),
    });
    expect(clip).toEqual({ type: 'globalNorm', limit: 2 });
    expect(classWeights).toEqual([1, 1, 1, 2.5, 1, 1, 1, 1, 1, 1]);
    expect(model.layers.map(({ trainable }) => trainable)).toEqual([true, false, true]);
    expect([model.parameters, model.trainableParameters]).toEqual([784 * 4 + 4 + 50, 50]);
  });

  test('balances classes by their samples in the training split', () => {
    const classNames = ['rare', 'common', 'usual'];
    const uneven = {
      ...mnist,
      labels: { kind: 'classes' as const, classNames },
      statistics: { classCounts: { train: [500, 5000, 2500], test: [1, 1, 1] } },
    };
    const job = (classWeights: unknown) => {
      const layers = [flatten, { type: 'dense', units: 3 }];
      return {
        name: 'a',
        task: 'multiclass',
        data: { train: 'mnist/train' },
        model: { layers },
        ...training({ classWeights }),
      };
    };
    const balanced = planJob(job('balanced'), () => uneven);
    // 8000 samples in three classes; a sample weighs 1 on average.
    expect(balanced).toMatchObject({ plan: { classWeights: [16 / 3, 8 / 15, 16 / 15] } });
    expect(planJob(job({ rare: 9 }), () => uneven)).toMatchObject({ plan: { classWeights: [9, 1, 1] } });
    const empty = { ...uneven, statistics: { classCounts: { train: [0, 5000, 3000] } } };
    expect(planJob(job('balanced'), () => empty)).toMatchObject({
      faults: [
        { path: 'training.classWeights', message: expect.stringMatching(/^the class "rare" has no samples/) as string },
      ],
    });
  });

  test('takes a dataset at the version that is asked for', () => {
    const second = { ...mnist, version: 2 };
    const find = (name: string, version = 2) => (version === 2 ? second : findDataset(name));
    const job = { name: 'digits', task: 'multiclass', model: { layers: [flatten, output] } };
    const version = (train: string) => {
      const result = planJob({ ...job, data: { train } }, find);
      return result.ok ? [result.plan.data.version, result.plan.spec.data.train] : result.faults;
    };
    expect(version('mnist/train')).toEqual([2, 'mnist@2/train']);
    expect(version('mnist@1/train')).toEqual([1, 'mnist@1/train']);
  });
});
