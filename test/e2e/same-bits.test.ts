/** What the project promises first: the same bits with any cluster. On short versions of the example jobs. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '@lockstep/cli';
import { beforeAll, expect, it } from 'vitest';
import { ownCluster } from '../support/own-cluster.js';
import { runLockstep } from '../support/command.js';
import { EXAMPLES, exampleJob, writeJob, type Example } from '../support/jobs.js';

const own = ownCluster();

/** What one worker with one thread makes of each example. */
const expected = new Map<Example, string | null>();

const short = (name: Example, training: object = {}) => exampleJob(name, { training: { epochs: 1, ...training } });

async function expectSameHashes(examples: readonly Example[] = EXAMPLES): Promise<void> {
  for (const name of examples) {
    const { state, weightsSha256 } = await own.cluster.train(await short(name));
    expect([name, state, weightsSha256]).toEqual([name, 'SUCCEEDED', expected.get(name)]);
  }
}

beforeAll(async () => {
  for (const name of EXAMPLES) expected.set(name, (await own.cluster.train(await short(name))).weightsSha256);
});

it('gives three jobs three hashes', () => {
  expect(new Set(expected.values()).size).toBe(3);
  for (const hash of expected.values()) expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

it('gives the same hashes with a second worker of two threads, and a third', async () => {
  await own.cluster.addWorker('two', 2);
  await expectSameHashes();
  await own.cluster.addWorker('three', 1);
  await expectSameHashes();
  await own.cluster.endWorker('two');
  await own.cluster.endWorker('three');
});

it('gives another hash for another seed', async () => {
  const { weightsSha256 } = await own.cluster.train(await short('mnist-mlp', { seed: 8 }));
  expect(weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(weightsSha256).not.toBe(expected.get('mnist-mlp'));
});

it('saves a model by demo --kill whose weights have that hash, and that plain tfjs scores as reported', async () => {
  const job = await writeJob(own.folder, await short('mnist-cnn'));
  const out = join(own.folder, 'model');
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
