import { describe, expect, it } from 'vitest';
import { decideRestart } from './restart-policy.js';

const limits = { delayMilliseconds: 100, restarts: 2, windowMilliseconds: 1000 };

describe('the restart policy', () => {
  it('restarts after the delay as long as the window has room', () => {
    expect(decideRestart(0, [], limits)).toEqual({ action: 'restart', delayMilliseconds: 100 });
    expect(decideRestart(500, [400], limits).action).toBe('restart');
  });

  it('gives up when one window has seen too many restarts', () => {
    expect(decideRestart(500, [100, 400], limits)).toEqual({
      action: 'give-up',
      reason: 'it ended 3 times within 1 s',
    });
  });

  it('forgets restarts that are older than the window', () => {
    expect(decideRestart(1100, [100, 400], limits).action).toBe('restart');
  });
});
