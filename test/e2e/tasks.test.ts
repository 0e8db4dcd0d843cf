/** Two classes and values to predict, on tables: trained, measured and stored by a whole cluster. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { binaryTable, importTable, regressionTable } from '../support/tables.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 1 });
  for (const table of [binaryTable(), regressionTable()]) await importTable(cluster.client, table);
});

afterAll(() => cluster.close());

const binaryJob = {
  name: 'risk',
  task: 'binary',
  data: { train: 'risk/train', validation: 0.2, test: 'risk/test' },
  model: {
    layers: [
      { type: 'dense', units: 16, activation: 'relu' },
      { type: 'dense', units: 1, activation: 'sigmoid' },
    ],
  },
  training: {
    ...{ epochs: 30, batchSize: 50, sliceSize: 10, seed: 3 },
    optimizer: { type: 'adamw', learningRate: 0.01 },
    ...{ clip: { globalNorm: 1 }, classWeights: 'balanced' },
  },
};

const regressionJob = {
  name: 'houses',
  task: 'regression',
  data: { train: 'houses/train', validation: 0.2, test: 'houses/test' },
  model: {
    layers: [
      { type: 'dense', units: 32, activation: 'tanh', trainable: false },
      { type: 'dense', units: 32, activation: 'tanh' },
      { type: 'dense', units: 2, biasInitializer: { type: 'constant', value: 1995 } },
    ],
  },
  training: {
    ...{ epochs: 60, batchSize: 50, sliceSize: 10, seed: 3 },
    optimizer: { type: 'adam', learningRate: 0.02 },
    clip: { norm: 1000 },
  },
};

it('learns two classes of unequal size, and reports precision and recall.', async () => {
  const { state, failure, test, validation, train } = await cluster.train(binaryJob);
  expect([state, failure]).toEqual(['SUCCEEDED', null]);
  expect(test?.samples).toBe(250);
  expect(test?.accuracy).toBeGreaterThan(0.9);
  expect(test?.precision).toBeGreaterThan(0.75);
  expect(test?.recall).toBeGreaterThan(0.85);
  expect(validation).toMatchObject({ samples: 200, precision: expect.any(Number) as number });
  expect(train).toMatchObject({ samples: 800, accuracy: expect.any(Number) as number });
  const [[trueNegatives = 0, falsePositives = 0] = [], [falseNegatives = 0, truePositives = 0] = []] =
    test?.confusion ?? [];
  expect(test?.accuracy).toBe((trueNegatives + truePositives) / 250);
  expect(test?.precision).toBe(truePositives / (truePositives + falsePositives));
  expect(test?.recall).toBe(truePositives / (truePositives + falseNegatives));
});

it('learns two values, and reports mean absolute error and R².', async () => {
  const { state, failure, test, train } = await cluster.train(regressionJob);
  expect([state, failure]).toEqual(['SUCCEEDED', null]);
  expect(test?.rSquared).toBeGreaterThan(0.8);
  expect(test?.meanAbsoluteError).toBeLessThan(1);
  expect(test).not.toHaveProperty('accuracy');
  expect(train?.samples).toBe(800);
});

it('has the same hashes with more workers.', async () => {
  const short = { ...binaryJob, training: { ...binaryJob.training, epochs: 2 } };
  const jobs = [short, { ...regressionJob, training: { ...regressionJob.training, epochs: 2 } }];
  const hashes = async (): Promise<(string | null)[]> => {
    const all: (string | null)[] = [];
    for (const job of jobs) all.push((await cluster.train(job)).weightsSha256);
    return all;
  };
  const alone = await hashes();
  expect(alone).not.toContain(null);
  await cluster.addWorker('two', 2);
  await cluster.addWorker('three');
  expect(await hashes()).toEqual(alone);
});
