/**
 * Everything from TypeScript: a dataset that is made here, a job for each of three learning rates, their curves while
 * they train, the best model as `champion`, and predictions. Start a service, build, and run it:
 *
 *   ./lockstep up                       in another terminal
 *   npm run build && node examples/dist/train.js
 */
import { createClient, type LockstepClient } from '@lockstep/client';
import { sha256Of, writeSafetensors, type DatasetManifest, type JobStatus } from '@lockstep/core';

const POINTS = 400;

const client = createClient({
  url: process.env['LOCKSTEP_URL'] ?? 'http://127.0.0.1:8470',
  ...(process.env['LOCKSTEP_TOKEN'] === undefined ? {} : { token: process.env['LOCKSTEP_TOKEN'] }),
});

await uploadRings(client);
// All are queued at once; how many run side by side is the service's business.
const submitted = await Promise.all([0.003, 0.01, 0.03].map((learningRate) => client.jobs.submit(job(learningRate))));
const ended = await Promise.all(submitted.map(({ id }) => follow(id)));

const best = ended.reduce((a, b) => ((a.validation?.loss ?? Infinity) <= (b.validation?.loss ?? Infinity) ? a : b));
console.log(`\nthe best is ${best.name}: validation loss ${text(best.validation?.loss)}`);
if (best.model !== null) {
  const { name, version } = best.model;
  await client.models.setAlias(name, 'champion', version);
  const instances = [
    [1, 0],
    [0, -2],
  ];
  const { predictions } = await client.models.predict(name, instances, 'champion');
  for (const [index, { class: ring }] of predictions.entries())
    console.log(`${String(instances[index])} is on the ${String(ring)} ring`);
}

/** A job file is plain data: what a YAML file would say. */
function job(learningRate: number): object {
  return {
    name: `rings-${learningRate}`,
    task: 'multiclass',
    data: { train: 'rings/train', validation: 0.2 },
    model: {
      layers: [
        { type: 'dense', units: 16, activation: 'tanh' },
        { type: 'dense', units: 2 },
      ],
    },
    training: { epochs: 20, batchSize: 32, seed: 7, optimizer: { type: 'adam', learningRate } },
  };
}

/** Prints an epoch a line until the job ends. Connections may break meanwhile: the client goes on by itself. */
async function follow(id: string): Promise<JobStatus> {
  for await (const event of client.jobs.events(id)) {
    if (event.type !== 'epoch') continue;
    const { epoch, train, validation } = event.epoch;
    console.log(`${id}  epoch ${epoch}  loss ${text(train.loss)}  validation ${text(validation?.loss)}`);
  }
  const status = await client.jobs.get(id);
  if (status.state !== 'SUCCEEDED') console.log(`${status.name} ${status.state}: ${status.failure?.message ?? ''}`);
  return status;
}

/** A loss that is not finite comes as null. */
function text(loss: number | null | undefined): string {
  return loss?.toFixed(4) ?? '–';
}

/** Points of two rings, and which ring each is on. A dataset is shards, named by their hash, and a manifest of them. */
async function uploadRings({ datasets }: LockstepClient): Promise<void> {
  const x = new Float32Array(2 * POINTS);
  const y = new Int32Array(POINTS);
  for (let point = 0; point < POINTS; point += 1) {
    const ring = point % 2;
    const radius = 1 + ring + 0.3 * Math.sin(7 * point);
    x.set([radius * Math.cos(point), radius * Math.sin(point)], 2 * point);
    y[point] = ring;
  }
  const shard = writeSafetensors([
    ['x', { dtype: 'F32', shape: [POINTS, 2], data: x }],
    ['y', { dtype: 'I32', shape: [POINTS], data: y }],
  ]);
  const sha256 = sha256Of(shard);
  const manifest: DatasetManifest = {
    name: 'rings',
    version: 1,
    features: { shape: [2], dtype: 'float32', offset: 0, scale: 1 },
    labels: { kind: 'classes', classNames: ['inner', 'outer'] },
    rowsPerShard: POINTS,
    splits: { train: { count: POINTS, shards: [{ sha256, bytes: shard.length, count: POINTS }] } },
    source: 'made by examples/train.ts',
  };
  await datasets.uploadShard(manifest.name, sha256, shard);
  await datasets.put(manifest);
}
