/** The curves that `--tensorboard` writes, in the hands of TensorBoard's own reader. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCurveWriter } from '@lockstep/cli';
import type { EpochMetrics } from '@lockstep/core';
import { afterAll, expect, it } from 'vitest';
import { INSTALL_MILLISECONDS, pythonWith, runPython } from '../support/python.js';

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
  () => {
    const python = pythonWith('tensorboard');
    write();
    const runs = runPython(python, 'read-event-files.py', [folder]) as Record<
      string,
      Record<string, [step: number, value: number, wallSeconds: number][]>
    >;
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
