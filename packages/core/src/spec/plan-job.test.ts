import { describe, expect, test } from 'vitest';
import { manifestSha256 } from '../dataset.js';
import { digitsFaults as faults, digitsPlan as plan, flatten, mnist, output } from './testing/digits-job.js';

describe('planJob', () => {
  test('fills in every default', () => {
    const { spec, model, ...rest } = plan({ data: { train: 'mnist/train', test: 'mnist/test' } });
    expect(spec.training).toEqual({
      epochs: 5,
      batchSize: 128,
      seed: 0,
      loss: 'crossentropy',
      optimizer: { type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    });
    expect(spec.data).toEqual({ train: 'mnist@1/train', validation: 0.1, test: 'mnist@1/test' });
    expect(spec.cluster).toEqual({ minWorkers: 1 });
    expect(model.parameters).toBe(7850);
    expect(rest).toEqual({
      data: {
        dataset: 'mnist',
        version: 1,
        sha256: manifestSha256(mnist),
        trainSplit: 'train',
        validation: { type: 'fraction', fraction: 0.1 },
        testSplit: 'test',
        classNames: Array.from('0123456789'),
        targetNames: [],
        targetOffsets: [],
        featureShape: [28, 28, 1],
        dtype: 'uint8',
        offset: 0,
        scale: 1 / 255,
        trainSamples: 7200,
        validationSamples: 800,
        testSamples: 2000,
      },
      loss: 'crossentropy',
      outputActivation: 'none',
      slices: { size: 32 },
      evaluationBatchSize: 1024,
      stepsPerEpoch: 57,
      steps: 285,
      epochs: 5,
      schedule: { type: 'constant', warmupSteps: 0 },
      earlyStopping: null,
      clip: { type: 'none' },
      classWeights: null,
      initialWeights: null,
      continueFrom: null,
      checkpoint: { everySteps: null, everySeconds: 60, keep: 3 },
      priority: 0,
      seed: 0,
      memoryBytes: 4 * (4 * 7850 + 2 * 32 * (784 + 784 + 10)),
    });
  });

  test('plans the defaulted spec to the same plan again', () => {
    const first = plan({ model: { layers: [{ type: 'conv2d', filters: 2, kernelSize: 3 }, flatten, output] } });
    expect(plan(first.spec)).toEqual(first);
  });

  test('takes an optimiser by its name, with tfjs’s settings', () => {
    const optimizer = (value: unknown) => plan({ training: { optimizer: value } }).spec.training.optimizer;
    expect(optimizer('sgd')).toEqual({ type: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false });
    expect(optimizer({ type: 'adamw', weightDecay: 0.1 })).toMatchObject({ weightDecay: 0.1, learningRate: 0.001 });
    expect(optimizer('rmsprop')).toMatchObject({ decay: 0.9, momentum: 0, epsilon: 1e-7, centered: false });
    expect(optimizer('adagrad')).toEqual({ type: 'adagrad', learningRate: 0.01, initialAccumulatorValue: 0.1 });
  });

  test('validates on a split, on a share or not at all', () => {
    const data = (validation: unknown) => plan({ data: { train: 'mnist/train', validation } }).data;
    expect(data('mnist/test')).toMatchObject({ validation: { type: 'split', split: 'test' }, trainSamples: 8000 });
    expect(data(0)).toMatchObject({ validation: { type: 'none' }, trainSamples: 8000, validationSamples: 0 });
    expect(data(0.9)).toMatchObject({ trainSamples: 800, validationSamples: 7200 });
  });

  test('knows a softmax at the end, and refuses what crossentropy cannot take', () => {
    const layers = (...last: object[]) => ({ model: { layers: [flatten, ...last] } });
    expect(plan(layers({ ...output, activation: 'softmax' })).outputActivation).toBe('softmax');
    expect(plan(layers(output, { type: 'activation', activation: 'softmax' })).outputActivation).toBe('softmax');
    expect(faults(layers({ ...output, activation: 'relu' }))).toEqual([
      'model.layers[1] (dense_1): crossentropy takes logits: the last activation must be linear or softmax, got relu',
    ]);
    expect(faults(layers({ ...output, activation: 'softmax' }, { type: 'dropout', rate: 0.1 }))).toEqual([
      'model.layers[1] (dense_1): softmax must be on the very last layer for crossentropy',
    ]);
    const sigmoid = { ...layers({ ...output, activation: 'sigmoid' }), training: { loss: 'meanSquaredError' } };
    expect(faults(sigmoid)).toEqual([]);
  });

  test('plans an autoencoder, whose outputs are as many as its inputs', () => {
    const job = (units: number, loss?: string) => ({
      task: 'autoencoder',
      model: { layers: [flatten, { type: 'dense', units }] },
      training: loss === undefined ? {} : { loss },
    });
    expect(plan(job(784)).loss).toBe('meanSquaredError');
    expect(faults(job(783))[0]).toMatch(/must give 784 outputs, one for each element of the input .*, got \[783\]/);
    expect(faults(job(784, 'crossentropy'))[0]).toMatch(
      /^training.loss: must be meanSquaredError or .* for the task autoencoder, got "crossentropy"/,
    );
  });

  test('lists the faults of all sections at once', () => {
    const job = {
      task: 'multilabel',
      nam: 1,
      data: { train: 'mnits/train', validation: 2 },
      training: { batchSize: 0, epocs: 3, optimizer: 'adan', seed: 0.5 },
      model: {
        layers: [
          { type: 'Dense', units: 3 },
          { type: 'conv2d', filters: -1, kernelSize: 3, activation: 'reluu' },
        ],
      },
      cluster: { minWorkers: 0 },
    };
    expect(
      faults(job).map((fault) => fault.replace(/one of .*, got/, 'one of …, got').replace(/; known are.*/, '')),
    ).toEqual([
      "task: 'multilabel' is not available yet; use one of multiclass, binary, regression, autoencoder",
      'data.validation: must be at most 0.9, got 2',
      'model.layers[0].type: must be one of …, got "Dense" (did you mean \'dense\'?)',
      'model.layers[1].filters: must be at least 1, got -1',
      'model.layers[1].activation: must be one of …, got "reluu" (did you mean \'relu\'?)',
      'training.batchSize: must be at least 1, got 0',
      'training.seed: must be a whole number, got 0.5',
      'training.optimizer: must be one of …, got "adan" (did you mean \'adam\'?)',
      "training.epocs: is not a known key (did you mean 'epochs'?)",
      'cluster.minWorkers: must be at least 1, got 0',
      "nam: is not a known key (did you mean 'name'?)",
      "data.train: there is no dataset 'mnits' (did you mean 'mnist'?); there are mnist, iris",
    ]);
  });

  test.each<[string, object, RegExp]>([
    [
      'a batch of 0',
      { training: { batchSize: 0 }, data: { train: 'mnist/train', validation: 0 } },
      /^training.batchSize: must be between 1 and 8000 \(the training samples\), got 0$/,
    ],
    [
      'a batch larger than what validation leaves',
      { training: { batchSize: 7201 } },
      /between 1 and 7200 \(.*after 800 of 8000 are held out for validation\), got 7201$/,
    ],
    [
      'a batch that no message can list',
      { training: { batchSize: 2 ** 21 }, data: { train: 'huge/train' } },
      /^training.batchSize: must be between 1 and 1048576, got 2097152$/,
    ],
    ['a fractional batch', { training: { batchSize: 1.5 } }, /must be a whole number between 1 and 7200/],
    ['a batch of infinity', { training: { batchSize: Infinity } }, /got Infinity/],
    [
      'a rate of NaN',
      { training: { optimizer: { type: 'sgd', learningRate: NaN } } },
      /^training.optimizer.learningRate: must be a finite number, got NaN/,
    ],
    ['a negative rate', { training: { optimizer: { type: 'sgd', learningRate: -1 } } }, /must be more than 0, got -1/],
    [
      'an infinite rate',
      { training: { optimizer: { type: 'adam', learningRate: Infinity } } },
      /must be a finite number, got Infinity/,
    ],
    ['a momentum of 1', { training: { optimizer: { type: 'sgd', momentum: 1 } } }, /must be less than 1, got 1/],
    ['a seed above 2^53', { training: { seed: 2 ** 53 } }, /^training.seed: must be/],
    [
      'too many steps',
      { training: { epochs: 1e9, batchSize: 1 } },
      /^training.epochs: .* are 7200000000000 steps, more than 1000000000$/,
    ],
    [
      'a slice larger than the batch',
      { training: { batchSize: 8, sliceSize: 9 } },
      /^training.sliceSize: must be between 1 and 8/,
    ],
    [
      '10^9 units',
      { model: { layers: [flatten, { type: 'dense', units: 1e9 }, output] } },
      /^model: needs an estimated \d+\.\d GiB .*model.layers\[1\] \(dense_1\)/,
    ],
    [
      'too many layers',
      { model: { layers: Array.from({ length: 1001 }, () => flatten) } },
      /^model.layers: must have at most 1000 elements, got 1001$/,
    ],
    ['no layers', { model: { layers: [] } }, /must have at least 1 element, got 0/],
    ['nothing to train', { task: 'autoencoder', model: { layers: [flatten] } }, /there is nothing to train/],
    [
      'the wrong number of classes',
      { model: { layers: [flatten, { type: 'dense', units: 9 }] } },
      /^model.layers\[1\] \(dense_1\): the last layer must give \[10\], one output for each class, got \[9\]/,
    ],
    [
      'an unknown split',
      { data: { train: 'mnist/trian' } },
      /^data.train: 'mnist' has no split 'trian' \(did you mean 'train'\?\); it has train, test, empty/,
    ],
    ['an inherited name as a split', { data: { train: 'mnist/constructor' } }, /has no split/],
    ['an empty split', { data: { train: 'mnist/empty' } }, /has no samples/],
    [
      'a path as a dataset',
      { data: { train: '../etc/passwd' } },
      /^data.train: must be <dataset>\/<split> or <dataset>@<version>\/<split>, such as mnist\/train, got/,
    ],
    [
      'a test split of another dataset',
      { data: { train: 'mnist/train', test: 'iris/test' } },
      /must be a split of 'mnist'/,
    ],
    [
      'an option of another layer',
      { model: { layers: [{ ...flatten, unit: 3 }, output] } },
      /^model.layers\[0\].unit: is not a known key/,
    ],
    [
      'an initializer’s option',
      { model: { layers: [flatten, { ...output, kernelInitializer: { type: 'constant', vlaue: 1 } }] } },
      /kernelInitializer.vlaue: is not a known key \(did you mean 'value'\?\)/,
    ],
    [
      'a kernel of three sizes',
      { model: { layers: [{ type: 'conv2d', filters: 1, kernelSize: [1, 2, 3] }] } },
      /kernelSize: /,
    ],
    [
      'an orthogonal matrix that takes minutes',
      {
        model: { layers: [flatten, { type: 'reshape', targetShape: [28, 28] }, { type: 'lstm', units: 4000 }, output] },
      },
      /too large for orthogonal/,
    ],
    [
      'a layer without a type',
      { model: { layers: [{ units: 3 }] } },
      /^model.layers\[0\].type: is required: one of dense/,
    ],
    ['a name with a path in it', { name: '../a' }, /^name: must be 1 to 64/],
    [
      'a prototype',
      JSON.parse('{"training":{"__proto__":{"epochs":1}}}') as object,
      /^training.__proto__: is not allowed as a key$/,
    ],
    [
      'a constructor',
      JSON.parse('{"training":{"constructor":1}}') as object,
      /^training.constructor: is not allowed as a key$/,
    ],
    ['a function', { training: { epochs: () => 1 } }, /^training.epochs: must be plain data, got a function$/],
    ['a date', { training: { epochs: new Date(0) } }, /^training.epochs: must be plain data/],
  ])('refuses %s', (_what, change, message) => {
    const found = faults(change);
    expect(
      found.some((fault) => message.test(fault)),
      found.join('\n'),
    ).toBe(true);
  });
});
