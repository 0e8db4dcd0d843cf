import { expect, it } from 'vitest';
import { Opened } from './opened.js';

function threeParts(): { opened: Opened; closed: string[] } {
  const [opened, closed] = [new Opened(), [] as string[]];
  for (const part of ['bus', 'pool', 'session']) {
    opened.add(async () => {
      await Promise.resolve();
      closed.push(part);
      if (part !== 'bus') throw new Error(`the ${part} cannot be closed`);
    });
  }
  return { opened, closed };
}

it('closes what was opened once, the last first, and keeps nothing open for an error', async () => {
  const { opened, closed } = threeParts();
  await expect(opened.close()).rejects.toThrow('the session cannot be closed');
  await expect(opened.close()).rejects.toThrow('the session cannot be closed');
  expect(closed).toEqual(['session', 'pool', 'bus']);
});

it('closes what was opened when the rest cannot be, and says why it could not', async () => {
  const { opened, closed } = threeParts();
  const start = opened.orClose(() => Promise.reject(new Error('the store is not there')));
  await expect(start).rejects.toThrow('the store is not there');
  expect(closed).toEqual(['session', 'pool', 'bus']);
});
