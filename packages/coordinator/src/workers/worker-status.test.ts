import type { Member } from '@lockstep/core';
import { expect, it } from 'vitest';
import { workerStatus } from './worker-status.js';

const MEBIBYTE = 2 ** 20;
const member: Member = {
  ...{ worker: 'w1', session: 's', lastHeard: 0, threads: 3, host: 'h', pid: 1, cpuClass: 'c', draining: false },
  memoryBytes: 2048 * MEBIBYTE,
};

it('shows what each job takes of a worker: its estimate on every thread, and an equal part of the time', () => {
  const held = [{ id: 'a', threadBytes: 52 * MEBIBYTE }, { id: 'b' }];
  expect(workerStatus(member, held)).toMatchObject({
    ...{ state: 'WORKING', jobs: ['a', 'b'], memoryBytes: 2048 * MEBIBYTE },
    shares: [
      { job: 'a', memoryBytes: 3 * 100 * MEBIBYTE, threads: 1.5 },
      { job: 'b', memoryBytes: 3 * 48 * MEBIBYTE, threads: 1.5 },
    ],
  });
  expect(workerStatus(member, [])).toMatchObject({ state: 'IDLE', shares: [] });
});
