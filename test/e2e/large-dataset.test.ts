/** A dataset that is larger than what its worker may keep of it in memory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownCluster } from '../support/own-cluster.js';
import { memoryMebibytes, runLockstep } from '../support/command.js';

const own = ownCluster();

const SAMPLES = 64 * 1024;
const SIDE = 32;
const MOST_MEBIBYTES = 700;
/** Less than the data. */
const GROWTH_MEBIBYTES = 48;

/** 64 MiB of grey pictures in IDX files: noise, and one bright row that says the class. */
async function writePictures(): Promise<string[]> {
  const [images, labels] = [join(own.folder, 'images-idx3-ubyte'), join(own.folder, 'labels-idx1-ubyte')];
  const pixels = new Uint32Array((SAMPLES * SIDE * SIDE) / 4);
  let state = 88_675_123;
  for (let index = 0; index < pixels.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    pixels[index] = state;
  }
  const bytes = new Uint8Array(pixels.buffer);
  const classes = Uint8Array.from({ length: SAMPLES }, (_, sample) => (sample * 7919) % 10);
  for (const [sample, y] of classes.entries()) {
    const row = (sample * SIDE + y * 3) * SIDE;
    bytes.fill(255, row, row + SIDE);
  }
  await writeFile(images, Buffer.concat([header(SAMPLES, SIDE, SIDE), bytes]));
  await writeFile(labels, Buffer.concat([header(SAMPLES), classes]));
  return [images, labels];
}

function header(...axes: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * axes.length);
  bytes.set([0, 0, 8, axes.length]);
  for (const [axis, size] of axes.entries()) bytes.writeUInt32BE(size, 4 + 4 * axis);
  return bytes;
}

it('trains on 64 MiB with 8 MiB of them in memory, to the same weights', async () => {
  const files = await writePictures();
  const imported = await runLockstep(['dataset', 'import', 'pictures', ...files, '--url', own.cluster.client.url]);
  expect([imported.code, imported.stderr]).toEqual([0, expect.stringContaining('imported as pictures@1')]);
  const job = {
    name: 'pictures',
    task: 'multiclass',
    data: { train: 'pictures/train' },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    training: { steps: 40, batchSize: 512, seed: 1, optimizer: { type: 'sgd', learningRate: 0.01 } },
  };
  const large = await own.cluster.train(job);
  expect([large.state, large.failure]).toEqual(['SUCCEEDED', null]);
  await own.cluster.client.workers.drain('w1');
  await own.cluster.addWorker('small', 1, ['--cache-memory', '8MiB']);
  await own.cluster.untilWorkers((ids) => ids.join() === 'small', 'the small worker to be alone');
  const { id } = await own.cluster.client.jobs.submit(job);
  await own.cluster.atStep(id, 1);
  // Most of what it holds by now is TensorFlow.
  const most = () => memoryMebibytes(own.cluster.pid('worker small') ?? 0, 'VmHWM');
  const before = most();
  const small = await own.cluster.ended(id);
  expect([small.state, small.failure]).toEqual(['SUCCEEDED', null]);
  expect(small.weightsSha256).toBe(large.weightsSha256);
  expect(most()).toBeLessThan(MOST_MEBIBYTES);
  expect(most() - before).toBeLessThan(GROWTH_MEBIBYTES);
});
