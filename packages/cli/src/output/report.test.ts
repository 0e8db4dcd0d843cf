import { LockstepError, type JobStatus } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { renderClosing } from '../demo/closing-lines.js';
import { jobStatus } from '../testing/statuses.js';
import { exitCodeOf, renderFailure } from './failure.js';
import { buildReport, renderReport, type ReportExtras } from './report.js';
import { createStyle } from './style.js';

const confusion = [
  [8, 2],
  [0, 10],
];
const succeeded = jobStatus('SUCCEEDED', {
  weightsSha256: '4f1c'.repeat(16),
  train: { samples: 7200, loss: 0.0712, accuracy: 0.98, confusion },
  validation: { samples: 800, loss: 0.09, accuracy: 0.97 },
  test: { samples: 20, loss: 0.1, accuracy: 0.9, confusion },
  classNames: ['cat', 'dog'],
  reissuedSlices: 3,
});
const extras: ReportExtras = { workers: 2, threads: 1, killed: [], modelPath: 'lockstep-out/mnist-cnn' };
const plain = createStyle(false);

describe('the report', () => {
  it('has what --json promises', () => {
    const report = buildReport(succeeded, { ...extras, killed: ['w2'] });
    expect(report).toMatchObject({
      ...{ id: 'job-1', name: 'mnist-cnn', state: 'SUCCEEDED', steps: 100, epochs: 5, samplesPerSecond: 6900 },
      ...{ seconds: 12.34, workers: 2, threads: 1, parameters: 225_034, reissuedSlices: 3, killed: ['w2'] },
      weightsSha256: '4f1c'.repeat(16),
      modelPath: 'lockstep-out/mnist-cnn',
      test: { confusion },
    });
    expect(report.train).toEqual({ samples: 7200, loss: 0.0712, accuracy: 0.98 });
  });

  it('is readable: splits, confusion with recall and precision, and the whole hash', () => {
    expect(renderReport(buildReport(succeeded, extras), Infinity).split('\n')).toEqual([
      'mnist-cnn · job job-1 · SUCCEEDED',
      '100 steps, 5 epochs, 12.3 s, 6,900 samples/s · 2 × 1 threads · 225,034 parameters',
      '',
      '            samples   loss  accuracy',
      'train         7,200  0.071     0.980',
      'validation      800  0.090     0.970',
      'test             20  0.100     0.900',
      '',
      'test: true \\ predicted   cat   dog  recall',
      'cat                        8     2    0.80',
      'dog                        0    10    1.00',
      'precision               1.00  0.83',
      '',
      'slices given out again: 3 (a worker was lost or late)',
      '',
      `weights sha256 ${'4f1c'.repeat(16)}`,
    ]);
  });

  it('is no wider than its terminal: of many classes some columns are left out, and of very many the matrix', () => {
    const matrixOf = (classes: number, width: number): string[] => {
      const matrix = Array.from({ length: classes }, () => Array<number>(classes).fill(10));
      const test = { samples: 100 * classes, loss: 1, accuracy: 0.1, confusion: matrix };
      const lines = renderReport(buildReport(jobStatus('SUCCEEDED', { test, classNames: [] })), width).split('\n');
      return lines.slice(lines.findIndex((line) => line.startsWith('test: ') || line.includes('confusion')));
    };
    const lines = matrixOf(20, 60);
    for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(60);
    expect(lines[0]).toMatch(/^test: true \\ predicted .* … {2}recall$/);
    expect(lines.at(-1)).toMatch(/^… \d+ columns are left out/);
    expect(lines).toHaveLength(1 + 20 + 1 + 1);
    expect(matrixOf(21, 1000)).toEqual(['the confusion matrix of 21 classes is in what --json prints']);
  });

  it('has the columns that the task has metrics for', () => {
    const table = (status: Partial<JobStatus>) =>
      renderReport(
        buildReport(jobStatus('SUCCEEDED', { train: null, validation: null, classNames: [], ...status })),
        Infinity,
      )
        .split('\n')
        .slice(3, 5);
    const test = { samples: 88, loss: 2448.4, meanAbsoluteError: 39.369, rSquared: 0.451 };
    expect(table({ test })).toEqual([
      '      samples      loss  mean absolute error     R²',
      'test       88  2448.400               39.369  0.451',
    ]);
    expect(table({ test: { samples: 9, loss: 0.5, accuracy: 1, precision: 0.75, recall: 0.5 } })).toEqual([
      '      samples   loss  accuracy  precision  recall',
      'test        9  0.500     1.000      0.750   0.500',
    ]);
    expect(table({ test: { samples: 9, loss: 0.5 } })).toEqual(['      samples   loss', 'test        9  0.500']);
  });

  it('of a failed job is short', () => {
    const failed = jobStatus('FAILED', {
      failure: { code: 'LOSS_NOT_FINITE', message: 'step 3: NaN', hint: 'learn slower' },
    });
    const report = buildReport(failed, { ...extras, modelPath: null });
    expect(renderReport(report, Infinity).split('\n')).toHaveLength(2);
    expect(renderClosing(report, plain)).toEqual([
      '✖ mnist-cnn failed: step 3: NaN',
      '  learn slower',
      '  LOSS_NOT_FINITE',
    ]);
  });

  it('ends with what to try next', () => {
    expect(renderClosing(buildReport(succeeded, extras), plain)).toEqual([
      '✔ test accuracy 0.900 · weights sha256 4f1c4f1c4f1c… · the same with any number of workers: try --workers 3, or --kill',
      '  model saved: lockstep-out/mnist-cnn',
      '  next: ./lockstep demo --workers 3 · ./lockstep demo --kill · ./lockstep init my-job',
    ]);
    expect(renderClosing(buildReport(succeeded, { ...extras, killed: ['w2'] }), plain)[0]).toContain(
      'worker w2 was killed',
    );
  });
});

describe('a failure', () => {
  it('is told with a line for each fault, the hint and the code', () => {
    const faults = [
      { path: 'training.batchSize', message: 'must be at least 1' },
      { path: '', message: 'it is odd' },
    ];
    const error = new LockstepError('INVALID_SPEC', 'the job is not valid', { faults, hint: 'mend it' });
    expect(renderFailure(error, plain).split('\n')).toEqual([
      '✖ the job is not valid',
      '  training.batchSize: must be at least 1',
      '  it is odd',
      '  mend it',
      '  INVALID_SPEC',
    ]);
  });

  it('has colours only where they are wanted', () => {
    const error = new LockstepError('INTERNAL', 'oops');
    expect(renderFailure(error, createStyle(true))).toContain('\x1b[31m✖');
    expect(renderFailure(error, plain)).not.toContain('\x1b');
  });

  it.each([
    ['INVALID_OPTION', 2],
    ['UNREACHABLE', 3],
    ['UNAUTHENTICATED', 2],
    ['INVALID_SPEC', 4],
    ['CANCELLED', 130],
    ['PROCESS_EXITED', 1],
  ] as const)('of code %s ends the command with %i', (code, exitCode) => {
    expect(exitCodeOf(new LockstepError(code, ''))).toBe(exitCode);
  });

  it('that nobody expected keeps its stack and ends with 1', () => {
    const error = new RangeError('odd');
    expect(renderFailure(error, plain)).toContain('RangeError: odd\n    at ');
    expect(exitCodeOf(error)).toBe(1);
  });
});
