import { afterEach, expect, it, vi } from 'vitest';
import { Link } from './link.js';

const never = new Promise<never>(() => undefined);

afterEach(() => {
  vi.useRealTimers();
});

it('does at once what is asked while the connection is there', async () => {
  vi.useFakeTimers();
  expect(await new Link().attempt(1000, 'x', async (left) => left)).toBe(1000);
});

it('does what is asked while it is not once it is back', async () => {
  const link = new Link();
  link.setConnected(false);
  const attempt = link.attempt(60_000, 'x', async () => 'done');
  link.setConnected(true);
  expect(await attempt).toBe('done');
});

it('gives up when it does not come back in time', async () => {
  const link = new Link();
  link.setConnected(false);
  await expect(link.attempt(10, 'an answer', async () => 'done')).rejects.toThrow('Waited 0.01 s for an answer.');
});

it('fails what is under way when the connection breaks, each time', async () => {
  const link = new Link();
  for (let i = 0; i < 2; i += 1) {
    const attempt = expect(link.attempt(60_000, 'an answer', () => never)).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    await Promise.resolve();
    link.setConnected(false);
    await attempt;
    link.setConnected(true);
  }
});
