import { describe, expect, it } from 'vitest';
import { epochMetrics, jobProgress, jobStatus } from '../testing/statuses.js';
import { clock, decimal, grouped } from './numbers.js';
import { renderBar, renderEpochLine, renderProgressLine } from './progress-line.js';

const running = jobStatus('RUNNING', {
  progress: jobProgress({
    ...{ step: 50, epoch: 3, loss: 0.0712, accuracy: 0.978, validationAccuracy: 0.972 },
    ...{ samplesPerSecond: 6900.4, etaSeconds: 3.2 },
  }),
});

describe('the progress line', () => {
  it('has everything on a wide terminal', () => {
    expect(renderProgressLine(running, 200)).toBe(
      '▶ mnist-cnn   epoch 3/5 ▕████████        ▏ ' +
        'loss 0.071 · accuracy 0.978 · validation 0.972 · 6,900 samples/s · 0:04 left',
    );
  });

  it('leaves out what fits least and is never wider than the terminal', () => {
    expect(renderProgressLine(running, 90)).not.toContain('validation');
    for (let columns = 1; columns < 130; columns += 1) {
      expect(renderProgressLine(running, columns).length).toBeLessThanOrEqual(columns);
    }
  });

  it('says nothing about what is not known yet', () => {
    expect(renderProgressLine(jobStatus('RUNNING'), 200)).toBe('▶ mnist-cnn   epoch 1/5 ▕                ▏');
  });

  it('gives the reason of a job that does not run', () => {
    const queued = jobStatus('QUEUED', { reason: 'no worker has joined' });
    expect(renderProgressLine(queued, 200)).toBe('▶ mnist-cnn   queued: no worker has joined');
  });

  it('draws the bar in eighths of a cell, and never beyond its ends', () => {
    expect(renderBar(0.5, 4)).toBe('▕██  ▏');
    expect(renderBar(1 / 32, 4)).toBe('▕▏   ▏');
    expect(renderBar(2, 4)).toBe('▕████▏');
    expect(renderBar(-1, 4)).toBe('▕    ▏');
  });

  it('sums an epoch up in one line', () => {
    expect(renderEpochLine(epochMetrics(2), 5)).toBe(
      'epoch 2/5 · loss 0.071 · accuracy 0.978 · validation 0.973 · 6,900 samples/s',
    );
  });

  it('writes numbers so that they can be read', () => {
    expect([grouped(1234567.4), decimal(0.00012345), decimal(12.3456), decimal(0), decimal(null)]).toEqual([
      '1,234,567',
      '0.000123',
      '12.346',
      '0.000',
      'not finite',
    ]);
    expect([clock(0), clock(3.2), clock(75), clock(3607)]).toEqual(['0:00', '0:04', '1:15', '1:00:07']);
  });
});
