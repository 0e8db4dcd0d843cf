import { expect, it } from 'vitest';
import { queueFull } from './admission.js';

const LIMITS = { maxQueued: 10, maxQueuedPerOwner: 3 };

it('takes a job while there is room, and says which limit is reached when there is none', () => {
  expect(queueFull(9, 2, LIMITS)).toBeUndefined();
  expect(queueFull(10, 0, LIMITS)).toBe('the queue is full: 10 of 10 jobs wait (maxQueued)');
  expect(queueFull(5, 3, LIMITS)).toBe('you have too many jobs in the queue: 3 of 3 (maxQueuedPerOwner)');
});
