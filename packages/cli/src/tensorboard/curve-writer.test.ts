import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '@lockstep/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../testing/fake-programs.js';
import { epochMetrics, jobProgress, jobStatus } from '../testing/statuses.js';
import { createCurveWriter } from './curve-writer.js';
import { crc32c, scalarRecord } from './event-file.js';
import { NOTHING_WRITTEN, pointsOf } from './job-scalars.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const job = { name: 'mnist-cnn', id: 'j-1' };

/** All points of some events, as `run tag step value`. */
function drawn(...events: JobEvent[]): string[] {
  let written = NOTHING_WRITTEN;
  return events.flatMap((event) => {
    const next = pointsOf(event, written);
    written = next.written;
    return next.points.map(({ run, scalar: { tag, step, value } }) => `${run} ${tag} ${step} ${value}`);
  });
}

describe('the curves of a job', () => {
  const progress: JobEvent = {
    type: 'progress',
    progress: jobProgress({ step: 3, loss: 0.5, learningRate: 0.01, gradientNorm: 2 }),
  };
  const history = [epochMetrics(1), { ...epochMetrics(2), train: { samples: 5, loss: 1, meanAbsoluteError: 0.25 } }];

  it('have what is known, by step and by epoch, each once', () => {
    const epoch: JobEvent = { type: 'epoch', epoch: epochMetrics(1) };
    const state: JobEvent = { type: 'state', status: jobStatus('RUNNING', { history }) };
    expect(drawn(progress, progress, epoch, state, epoch)).toEqual([
      'train loss 3 0.5',
      'train learning_rate 3 0.01',
      'train gradient_norm 3 2',
      'train epoch_loss 1 0.0712',
      'train epoch_accuracy 1 0.97812',
      'validation epoch_loss 1 0.08',
      'validation epoch_accuracy 1 0.9725',
      'train epoch_loss 2 1',
      'train epoch_mean_absolute_error 2 0.25',
      'validation epoch_loss 2 0.08',
      'validation epoch_accuracy 2 0.9725',
    ]);
  });

  it('of a job that is over stand where they were in time, with its test at the end', () => {
    const startedAt = '2026-01-01T00:00:10.000Z';
    const status = jobStatus('SUCCEEDED', { history, startedAt, test: { samples: 3, loss: 0.3 }, epochs: 2 });
    const { points } = pointsOf({ type: 'state', status }, NOTHING_WRITTEN);
    const start = Date.parse(startedAt) / 1000;
    expect(points.map(({ wallSeconds }) => (wallSeconds ?? 0) - start)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2]);
    expect(points.at(-1)).toMatchObject({ run: 'test', scalar: { tag: 'epoch_loss', step: 2, value: 0.3 } });
  });

  it('are files that are whole after every event', async () => {
    const writer = createCurveWriter(folder, job, () => 1000.5);
    writer.show({ type: 'worker', worker: 'w1', change: 'joined' });
    expect(await readdir(folder)).toEqual([]);
    writer.show(progress);
    writer.show({ type: 'epoch', epoch: epochMetrics(1) });
    expect((await readdir(join(folder, 'mnist-cnn-j-1'))).sort()).toEqual(['train', 'validation']);
    const [file = ''] = await readdir(join(folder, 'mnist-cnn-j-1', 'train'));
    expect(file).toMatch(/^events\.out\.tfevents\.1000\./);
    const bytes = await readFile(join(folder, 'mnist-cnn-j-1', 'train', file));
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at));
      records.push(bytes.subarray(at + 12, at + 12 + length));
      at += 16 + length;
    }
    expect(records[0]?.toString('latin1')).toContain('brain.Event:2');
    expect(records.slice(1).map((record) => record.toString('latin1').includes('loss'))).toHaveLength(5);
  });

  it('say when their folder is none, and nothing about the job, which may be at its end with the command', async () => {
    await writeFile(join(folder, 'file'), '');
    const writer = createCurveWriter(join(folder, 'file'), job);
    expect(() => {
      writer.show(progress);
    }).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('the curves cannot be written') as string,
        hint: 'give --tensorboard a folder that can be written to',
      }) as Error,
    );
  });
});

describe('an event file', () => {
  it('has the checksum of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  it('frames a message by its length and checksums', () => {
    const record = Buffer.from(scalarRecord(1.5, { tag: 'loss', step: 300, value: 0.5 }));
    expect(Number(record.readBigUInt64LE(0))).toBe(record.length - 16);
    expect(record.subarray(12, -4).toString('hex')).toBe(`09000000000000f83f10ac022a0d0a0b0a046c6f7373150000003f`);
  });
});
