/** What a worker holds: a bound at any time, and no growth over thousands of steps. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { memoryMebibytes } from '../support/command.js';
import { exampleJob } from '../support/jobs.js';

const MOST_MEBIBYTES = 700;
/** What garbage collection and the allocator may still hold back. */
const GROWTH_MEBIBYTES = 20;

let cluster: TestCluster;

const workerMemory = (line: 'VmHWM' | 'VmRSS') => memoryMebibytes(cluster.pid('worker w1') ?? 0, line);

beforeAll(async () => {
  cluster = await TestCluster.start({ threads: 2 });
});

afterAll(() => cluster.close());

it('stays below 700 MiB with two threads on a convolutional network', async () => {
  const { state } = await cluster.train(await exampleJob('mnist-cnn', { training: { epochs: 1 } }));
  expect(state).toBe('SUCCEEDED');
  const most = workerMemory('VmHWM');
  expect(most).toBeLessThan(MOST_MEBIBYTES);
});

it('does not grow over 2,000 steps', async () => {
  const training = { epochs: 10, batchSize: 32, sliceSize: 16 };
  const job = await exampleJob('mnist-mlp', { data: { validation: 0.2 }, training });
  const { id, steps } = await cluster.client.jobs.submit(job);
  expect(steps).toBe(2000);
  await cluster.atStep(id, steps * 0.2);
  const early = workerMemory('VmRSS');
  await cluster.atStep(id, steps * 0.95);
  const late = workerMemory('VmRSS');
  expect(late).toBeLessThan(early + GROWTH_MEBIBYTES);
  expect((await cluster.ended(id)).state).toBe('SUCCEEDED');
});
