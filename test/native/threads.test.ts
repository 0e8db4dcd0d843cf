import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { sliceSeed, type JobPlan } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { madeUpSamples, madeUpWeights } from '../support/made-up-job.js';
import { RecordedJob } from '../support/recorded-job.js';
import { SLICE, SLICED_MODELS } from '../support/sliced-models.js';

const RUNS = 30;
const COPIES = 4;
const THREADS = 2;

interface ThreadAnswer {
  readonly hashes: readonly string[];
  readonly canary: string;
}

function callOf(plan: JobPlan) {
  const seeds = Array.from({ length: COPIES }, (_, slice) => sliceSeed(7, 1, slice)).flat();
  const samples = madeUpSamples(plan, SLICE * COPIES);
  return { parameters: madeUpWeights(plan), ...samples, seeds: Int32Array.from(seeds) };
}

const shape = { kind: 'train', samples: SLICE, copies: COPIES } as const;

async function inThread(job: RecordedJob): Promise<ThreadAnswer> {
  const workerData = { options: job.runnerOptions, shape, call: callOf(job.plan), runs: RUNS };
  const thread = new Worker(new URL('../support/slice-thread.mjs', import.meta.url), { workerData });
  const [answer] = (await once(thread, 'message')) as [ThreadAnswer];
  await thread.terminate();
  return answer;
}

function inThisThread(job: RecordedJob): ThreadAnswer {
  const { values, counts } = job.runner.run(shape, callOf(job.plan));
  const hash = createHash('sha256');
  for (const part of [values, counts]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return { hashes: [hash.digest('hex')], canary: job.runner.canary() };
}

describe(`${String(THREADS)} threads at once compute the bits of one, ${String(RUNS)} times over,`, () => {
  it.each(SLICED_MODELS)('with $name', async ({ plan }) => {
    const job = new RecordedJob(plan());
    const alone = inThisThread(job);
    const answers = await Promise.all(Array.from({ length: THREADS }, () => inThread(job)));
    expect(answers).toEqual(answers.map(() => alone));
    job.dispose();
  });
});
