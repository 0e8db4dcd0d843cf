import { isLockstepError } from '@lockstep/core';
import { expect, it } from 'vitest';
import { isToken, subjects, workerOf } from './subjects.js';

it('names a worker in every subject of its own', () => {
  expect(subjects.part('w-1')).toBe('lockstep.v1.part.w-1');
  for (const subject of [
    subjects.hello('w-1'),
    subjects.enrol('w-1'),
    subjects.heartbeat('w-1'),
    subjects.request('w-1'),
    subjects.logs('w-1'),
    subjects.part('w-1'),
  ]) {
    expect(workerOf(subject)).toBe('w-1');
  }
});

it('knows no worker of the subjects that the coordinator publishes to', () => {
  for (const subject of [subjects.order('w'), subjects.bulk('w'), subjects.jobBegin('j'), 'x', '']) {
    expect(workerOf(subject)).toBeUndefined();
  }
});

it.each(['', 'a.b', '*', '>', 'a b', 'a\r\nPUB x 1', 'ä', 'w'.repeat(65)])('refuses %j as a token', (id) => {
  expect(isToken(id)).toBe(false);
  for (const name of [subjects.part, subjects.order, subjects.jobBegin]) {
    try {
      name(id);
      expect.unreachable();
    } catch (error) {
      expect(isLockstepError(error, 'INVALID_OPTION')).toBe(true);
    }
  }
});
