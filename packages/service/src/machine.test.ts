import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { machineMemory, machineThreads } from './machine.js';

describe('what a process may take of the machine', () => {
  it.each([
    [undefined, 8, 8],
    [16, 8, 8],
    [3.9, 8, 3],
    [0.5, 8, 1],
  ])('is with a limit of %s CPUs and %i cores %i threads', (limit, cores, count) => {
    expect(machineThreads({ limit, cores })).toEqual({ count, cores, limit });
  });

  it.each([
    // What versions of Node give without a limit.
    [0, 1000],
    [2 ** 64, 1000],
    [400, 400],
  ])('is with a limit of %s bytes %i of 1000', (limit, bytes) => {
    expect(machineMemory(limit, 1000)).toBe(bytes);
  });

  it('is never more than the machine has', () => {
    expect(machineMemory()).toBeGreaterThan(0);
    expect(machineMemory()).toBeLessThanOrEqual(totalmem());
  });
});
