import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstPosition, LockstepError, type JobPlan } from '@lockstep/core';
import { BUCKETS, MemoryNetwork, type ObjectStore } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint-file.js';
import { findResumePoint } from './checkpoint-resume.js';
import { CheckpointStore } from './checkpoint-store.js';
import { CheckpointWriter, type CheckpointRecord } from './checkpoint-writer.js';
import type { CheckpointPointer } from '../jobs/job-store.js';
import { silentLog } from '../testing/fake-worker.js';
import { smallPlan } from '../testing/small-job.js';

const identity = { jobSha256: 'a', datasetSha256: 'b', canary: 'c', updateSha256: 'd' };
const settings = { everySteps: 1, everySeconds: 60, keep: 2 };
const JOB = 'j-1';

let plan: JobPlan;
let folder: string;
let network: MemoryNetwork;
let objects: ObjectStore;
let store: CheckpointStore;
let pointers: readonly CheckpointPointer[];
/** What the job was told of checkpoints that could not be written. */
let failures: unknown[];

beforeEach(async () => {
  plan = smallPlan();
  folder = await mkdtemp(path.join(tmpdir(), 'lockstep-checkpoints-'));
  network = new MemoryNetwork();
  const transport = network.connect('coordinator');
  objects = await transport.objectStore(BUCKETS.checkpoints);
  store = await CheckpointStore.open(transport, folder);
  pointers = [];
  failures = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** As it would be after so many steps of the first epoch. */
function checkpoint(step: number): Checkpoint {
  const vector = (value: number): Float32Array => new Float32Array(plan.model.parameters).fill(value);
  return {
    parameters: { step, parameters: vector(step), slots: new Map([['m', vector(-step)]]) },
    position: { ...firstPosition(), step, stepInEpoch: step, sums: { loss: 0.1 * step, counts: [1, 2] } },
    best: step === 3 ? vector(0.5) : undefined,
  };
}

const job: CheckpointRecord = {
  ...{ id: JOB, term: 1 },
  checkpointed: (pointer, keep) => {
    const all = [pointer, ...pointers];
    pointers = all.slice(0, keep);
    return Promise.resolve(all.slice(keep));
  },
  checkpointFailed: (error) => void failures.push(error),
};

function writer(changes: Partial<CheckpointRecord> = {}, onTakenOver = (_error: unknown): void => undefined) {
  const options = { store, job: { ...job, ...changes }, identity, plan: settings, log: silentLog, onTakenOver };
  return new CheckpointWriter({ ...options, first: firstPosition() });
}

/** One after the other, each written to its end. */
async function write(...steps: readonly number[]): Promise<void> {
  const checkpoints = writer();
  for (const step of steps) await checkpoints.finish(checkpoint(step));
}

const files = async (): Promise<string[]> => (await readdir(path.join(folder, 'checkpoints', JOB))).sort();
const copyOf = ({ object }: CheckpointPointer): string =>
  path.join(folder, 'checkpoints', JOB, `${object}.safetensors`);
const resume = () => findResumePoint(store, { id: JOB, plan, checkpoints: pointers }, identity);

/** One bit is another, in the middle of the file. */
function damaged(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] as number) ^ 1;
  return copy;
}

async function damage(pointer: CheckpointPointer): Promise<void> {
  await objects.put(pointer.object, damaged(await objects.get(pointer.object)));
}

describe("a checkpoint's file", () => {
  it.each([1, 3])('gives back exactly what was written: step %i', async (step) => {
    const { bytes } = await encodeCheckpoint(checkpoint(step), identity, 1);
    expect(await decodeCheckpoint(bytes, identity, plan)).toEqual(checkpoint(step));
  });

  it.each(['jobSha256', 'datasetSha256', 'canary', 'updateSha256'])('is refused with another %s', async (key) => {
    const { bytes } = await encodeCheckpoint(checkpoint(1), identity, 1);
    const other = { ...identity, [key]: 'other' };
    await expect(decodeCheckpoint(bytes, other, plan)).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('is refused when its position is none that the job can have', async () => {
    const impossible = { ...checkpoint(1), position: { ...firstPosition(), step: 1, epoch: 3 } };
    const { bytes } = await encodeCheckpoint(impossible, identity, 1);
    await expect(decodeCheckpoint(bytes, identity, plan)).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('is refused, never taken and never a crash, when it is cut off or a bit is another', async () => {
    const { bytes } = await encodeCheckpoint(checkpoint(1), identity, 1);
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true)) + 8;
    for (let length = 0; length < bytes.length; length += 7) {
      const cut = decodeCheckpoint(bytes.slice(0, length), identity, plan);
      await expect(cut).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
    }
    // The optimiser's state has no hash of its own within the file: the pointer's hash covers the whole.
    for (let at = header; at < header + plan.model.parameters * 4; at++) {
      const copy = bytes.slice();
      copy[at] = (copy[at] as number) ^ 1;
      await expect(decodeCheckpoint(copy, identity, plan)).rejects.toBeInstanceOf(LockstepError);
    }
  });
});

describe('a job that goes on', () => {
  it('starts at its start without checkpoints', async () => {
    expect(await resume()).toEqual({ checkpoint: undefined, faults: [] });
  });

  it('takes the newest checkpoint', async () => {
    await write(1, 2, 3);
    expect(await resume()).toEqual({ checkpoint: checkpoint(3), faults: [] });
  });

  it('takes the copy where the object store has other bytes, and says so', async () => {
    await write(1, 2);
    await damage(pointers[0] as CheckpointPointer);
    const found = await resume();
    expect(found.checkpoint).toEqual(checkpoint(2));
    expect(found.faults).toEqual(['step 2: the object store: the file has another hash']);
  });

  it('takes the one before where the copy is damaged too, and starts over where none is whole', async () => {
    await write(1, 2);
    for (const [index, expected] of [checkpoint(1), undefined].entries()) {
      const pointer = pointers[index] as CheckpointPointer;
      await damage(pointer);
      await writeFile(copyOf(pointer), damaged(await readFile(copyOf(pointer))));
      expect((await resume()).checkpoint).toEqual(expected);
    }
    expect((await resume()).faults).toHaveLength(2);
  });

  it('reads from the object store where there is no copy, as on another machine', async () => {
    await write(1);
    await rm(folder, { recursive: true });
    expect((await resume()).checkpoint).toEqual(checkpoint(1));
  });
});

describe('writing', () => {
  it('keeps the newest ones in both places, and no others', async () => {
    await write(1, 2, 3, 4);
    expect(pointers.map(({ step }) => step)).toEqual([4, 3]);
    expect((await objects.list()).sort()).toEqual(['j-1.1.3', 'j-1.1.4']);
    expect(await files()).toEqual(['j-1.1.3.safetensors', 'j-1.1.4.safetensors']);
  });

  it('takes one copy at a time, however often it is offered', async () => {
    const checkpoints = writer();
    const taken: number[] = [];
    for (const step of [1, 2, 3]) {
      checkpoints.offer(step, false, () => {
        taken.push(step);
        return checkpoint(step);
      });
    }
    await checkpoints.finish(checkpoint(4));
    expect(taken).toEqual([1]);
    expect(pointers.map(({ step }) => step)).toEqual([4, 1]);
  });

  it('does not write the same place twice', async () => {
    const checkpoints = writer();
    await checkpoints.finish(checkpoint(1));
    await checkpoints.finish(checkpoint(1));
    expect(pointers).toHaveLength(1);
  });

  it('goes on after a checkpoint that could not be written, and the next one counts', async () => {
    const checkpoints = writer();
    const fails = new LockstepError('STORAGE_FULL', 'no room');
    const put = store.put.bind(store);
    store.put = () => Promise.reject(fails);
    await checkpoints.finish(checkpoint(1));
    expect(pointers).toEqual([]);
    expect(failures).toEqual([fails]);
    store.put = put;
    await checkpoints.finish(checkpoint(2));
    expect(pointers.map(({ step }) => step)).toEqual([2]);
  });

  it('ends the run when another coordinator has the job', async () => {
    const conflict = new LockstepError('REVISION_CONFLICT', 'taken over');
    const errors: unknown[] = [];
    const checkpoints = writer({ checkpointed: () => Promise.reject(conflict) }, (error) => errors.push(error));
    await checkpoints.finish(checkpoint(1));
    expect(errors).toEqual([conflict]);
  });

  it('sweeps what no record lists, and all of a job that is deleted', async () => {
    await write(1, 2);
    await store.put(JOB, 'j-1.1.9', new Uint8Array(3));
    await store.sweep(JOB, ['j-1.1.2']);
    expect(await objects.list()).toEqual(['j-1.1.2']);
    expect(await files()).toEqual(['j-1.1.2.safetensors']);
    await store.sweep(JOB);
    expect(await objects.list()).toEqual([]);
  });
});
