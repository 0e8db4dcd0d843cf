/** The curves that `--tensorboard` writes, in the hands of TensorBoard's own reader. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCurveWriter } from '@lockstep/cli';
import type { EpochMetrics } from '@lockstep/core';
import { afterAll, expect, it } from 'vitest';

const INSTALL_MILLISECONDS = 300_000;
const support = fileURLToPath(new URL('../support/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lockstep-curves-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const STEPS = 25;
const start = Date.parse('2026-01-01T00:00:00.000Z') / 1000;

function epoch(number: number): EpochMetrics {
  const train = { samples: 100, loss: 1 / number, accuracy: 1 - 1 / number };
  const validation = { samples: 10, loss: 2 / number, accuracy: 0.5 };
  return { epoch: number, steps: number * STEPS, seconds: 1, samplesPerSecond: 100, train, validation };
}

function write(): void {
  const writer = createCurveWriter(folder, { name: 'digits', id: 'j-1' }, () => start + 60);
  for (const number of [1, 2, 3]) {
    for (let step = (number - 1) * STEPS + 1; step <= number * STEPS; step += 1) {
      const known = { step, steps: 3 * STEPS, epoch: number, epochs: 3, loss: 1 / step, accuracy: null };
      const rates = { validationAccuracy: null, learningRate: 0.01 / number, gradientNorm: null };
      writer.show({ type: 'progress', progress: { ...known, ...rates, samplesPerSecond: 0, etaSeconds: null } });
    }
    writer.show({ type: 'epoch', epoch: epoch(number) });
  }
}

it(
  'TensorBoard reads every value that was written, at its step, in the runs train and validation',
  ({ skip }) => {
    const installer = spawnSync(process.execPath, [join(support, 'python-tensorboard.mjs')], { encoding: 'utf8' });
    // No fault of the files: but nobody is to think that they were read.
    if (installer.status !== 0) skip(`TensorBoard's reader cannot be installed: ${installer.stderr}`);
    write();
    const reader = join(support, 'read-event-files.py');
    const env = { ...process.env, PYTHONPATH: '', PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: 'upb' };
    const runs = JSON.parse(
      execFileSync(installer.stdout.trim(), [reader, folder], { env, encoding: 'utf8' }),
    ) as Record<string, Record<string, [step: number, value: number, wallSeconds: number][]>>;
    expect(Object.keys(runs).sort()).toEqual(['digits-j-1/train', 'digits-j-1/validation']);
    const { train, validation } = { train: runs['digits-j-1/train']!, validation: runs['digits-j-1/validation']! };
    expect(Object.keys(train).sort()).toEqual(['epoch_accuracy', 'epoch_loss', 'learning_rate', 'loss']);
    expect(train['epoch_loss']).toEqual([1, 2, 3].map((n) => [n, Math.fround(1 / n), start + 60]));
    expect(validation['epoch_loss']).toEqual([1, 2, 3].map((n) => [n, Math.fround(2 / n), start + 60]));
    expect(validation['epoch_accuracy']?.map(([, value]) => value)).toEqual([0.5, 0.5, 0.5]);
    const steps = Array.from({ length: 3 * STEPS }, (_, index) => index + 1);
    expect(train['loss']).toEqual(steps.map((step) => [step, Math.fround(1 / step), start + 60]));
    expect(train['learning_rate']?.map(([step]) => step)).toEqual(steps);
    expect(train['learning_rate']?.at(-1)?.[1]).toBe(Math.fround(0.01 / 3));
  },
  INSTALL_MILLISECONDS,
);
