/** What the project promises first: the same bits with any cluster. On short versions of the example jobs. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '@lockstep/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { runLockstep } from '../support/command.js';
import { EXAMPLES, exampleJob, writeJob, type Example } from '../support/jobs.js';

let cluster: TestCluster;
let folder: string;
/** What one worker with one thread makes of each example. */
const expected = new Map<Example, string | null>();

const short = (name: Example, training: object = {}) => exampleJob(name, { training: { epochs: 1, ...training } });

async function expectSameHashes(examples: readonly Example[] = EXAMPLES): Promise<void> {
  for (const name of examples) {
    const { state, weightsSha256 } = await cluster.train(await short(name));
    expect([name, state, weightsSha256]).toEqual([name, 'SUCCEEDED', expected.get(name)]);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'));
  cluster = await TestCluster.start();
  for (const name of EXAMPLES) expected.set(name, (await cluster.train(await short(name))).weightsSha256);
});

afterAll(async () => {
  await cluster.close();
  await rm(folder, { recursive: true });
});

it('gives three jobs three hashes', () => {
  expect(new Set(expected.values()).size).toBe(3);
  for (const hash of expected.values()) expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

it('gives the same hashes with a second worker of two threads, and a third', async () => {
  await cluster.addWorker('two', 2);
  await expectSameHashes();
  await cluster.addWorker('three', 1);
  await expectSameHashes();
  await cluster.endWorker('two');
  await cluster.endWorker('three');
});

it('gives another hash for another seed', async () => {
  const { weightsSha256 } = await cluster.train(await short('mnist-mlp', { seed: 8 }));
  expect(weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(weightsSha256).not.toBe(expected.get('mnist-mlp'));
});

it('saves a model by demo --kill whose weights have that hash, and that plain tfjs scores as reported', async () => {
  const job = await writeJob(folder, await short('mnist-cnn'));
  const out = join(folder, 'model');
  const command = ['demo', '--json', '--kill', '--workers', '2', '--threads', '2', '--job', job, '--out', out];
  const { code, stdout, stderr } = await runLockstep(command);
  expect(code, stderr).toBe(0);
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ state: 'SUCCEEDED', weightsSha256: expected.get('mnist-cnn'), killed: ['w2'] });
  const weights = await readFile(join(out, 'weights.bin'));
  expect(createHash('sha256').update(weights).digest('hex')).toBe(report.weightsSha256);

  const script = join(import.meta.dirname, '../support/score-model.mjs');
  const scored = await promisify(execFile)(process.execPath, [script, out]);
  expect(JSON.parse(scored.stdout)).toEqual({ samples: 2000, accuracy: report.test?.accuracy });
});
