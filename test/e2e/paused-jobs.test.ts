/** A paused job goes on when it is resumed: by another coordinator, or without its newest checkpoint. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFinal, type JobStatus } from '@lockstep/core';
import { BUCKETS, connectNats } from '@lockstep/transport';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../support/cluster.js';
import { exampleJob } from '../support/jobs.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let undisturbed: JobStatus;

const job = () => exampleJob('mnist-mlp', { training: { epochs: 3 }, checkpoint: { everySteps: 10 } });

beforeAll(async () => {
  cluster = await TestCluster.start({ workers: 1 });
  undisturbed = await cluster.train(await job());
  expect(undisturbed.state).toBe('SUCCEEDED');
});

afterAll(() => cluster.close());

/** A job that is paused in the middle of its second epoch, and lets its worker go. */
async function pausedJob(): Promise<JobStatus> {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.atStep(id, Math.round(undisturbed.steps / 2));
  await cluster.client.jobs.pause(id);
  return cluster.untilJob(id, ({ state }) => state === 'PAUSED', 'to be paused');
}

function expectSameEnd({ state, weightsSha256, test, steps }: JobStatus): void {
  expect({ state, weightsSha256, test, steps }, cluster.logs()).toEqual({
    ...{ state: 'SUCCEEDED', weightsSha256: undisturbed.weightsSha256 },
    ...{ test: undisturbed.test, steps: undisturbed.steps },
  });
}

/** One bit is another, in the middle of the newest checkpoint, wherever it lies. */
async function damageNewest(id: string): Promise<void> {
  const transport = await connectNats({ servers: cluster.natsUrl, name: 'test', waitMilliseconds: 60_000 });
  const folder = join(cluster.folder, 'coordinator', 'checkpoints', id);
  const steps = (name: string): number => Number(name.split('.')[2]);
  const [newest = ''] = readdirSync(folder).sort((a, b) => steps(b) - steps(a));
  const bytes = Uint8Array.from(readFileSync(join(folder, newest)));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(join(folder, newest), bytes);
  const objects = await transport.objectStore(BUCKETS.checkpoints);
  await objects.put(newest.replace(/\.safetensors$/, ''), bytes);
  await transport.close();
}

it('is resumed by the next coordinator, from the step at which it was paused', async () => {
  const paused = await pausedJob();
  expect(paused.workers).toBe(0);
  expect(paused.checkpoint?.step).toBeGreaterThanOrEqual(paused.progress.step);
  const before = cluster.pid('coordinator');
  cluster.kill('coordinator', 'SIGKILL');
  await waitFor(() => ![undefined, before].includes(cluster.pid('coordinator')), 'the coordinator to be back');
  const { id } = await cluster.untilJob(paused.id, ({ state }) => state === 'PAUSED', 'to be paused still');
  await cluster.client.jobs.resume(id);
  const running = await cluster.untilJob(id, ({ state }) => state === 'RUNNING' || state === 'SUCCEEDED', 'to run');
  expect(running.term).toBe(2);
  expect(running.reason).toContain(`from the checkpoint of step ${String(paused.checkpoint?.step)}`);
  expectSameEnd(await cluster.ended(id));
});

it('goes on from the checkpoint before when the newest one is damaged, and says so', async () => {
  const { id, checkpoint } = await pausedJob();
  await damageNewest(id);
  await cluster.client.jobs.resume(id);
  const damaged = `step ${String(checkpoint?.step)}: the object store: the file has another hash`;
  const { reason } = await cluster.untilJob(id, ({ state }) => state === 'RUNNING' || state === 'SUCCEEDED', 'to run');
  expect(reason).toContain('trains, from the checkpoint of step');
  expect(reason).toContain(damaged);
  expectSameEnd(await cluster.ended(id));
});

it('leaves the checkpoint of its cancelled end and no other, from which it goes on when it is tried again', async () => {
  const { id } = await cluster.client.jobs.submit(await job());
  await cluster.atStep(id, Math.round(undisturbed.steps / 2));
  await cluster.client.jobs.cancel(id);
  const { state, progress, checkpoint } = await cluster.ended(id);
  expect(state).toBe('CANCELLED');
  expect(checkpoint?.step).toBeGreaterThanOrEqual(progress.step);
  const folder = join(cluster.folder, 'coordinator', 'checkpoints', id);
  await waitFor(() => readdirSync(folder).length === 1, 'the old checkpoints to be deleted');
  const again = await cluster.client.jobs.retry(id);
  const running = await cluster.untilJob(again.id, (now) => now.state === 'RUNNING' || isFinal(now.state), 'to run');
  expect(running.reason).toContain(`trains, from the checkpoint of step ${String(checkpoint?.step)} of ${id}`);
  expectSameEnd(await cluster.ended(again.id));
});
