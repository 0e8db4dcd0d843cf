import { expect, it } from 'vitest';
import { retryDelay } from './patience.js';

it('lets more and more time pass between two tries, up to three seconds', () => {
  const delays = [0, 1000, 2000, 60_000, 3_600_000].map((waited) => retryDelay(waited, 0));
  expect(delays).toEqual([200, 500, 1000, 1500, 1500]);
  expect(retryDelay(3_600_000, 1)).toBe(3000);
});

it('lets chance decide, so that not all who wait come at once', () => {
  expect(new Set(Array.from({ length: 10 }, () => retryDelay(0))).size).toBeGreaterThan(1);
});
