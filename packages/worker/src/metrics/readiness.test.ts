import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionState } from '../session.js';
import { Readiness } from './readiness.js';

const answers = { flush: () => Promise.resolve() };
const isGone = { flush: () => Promise.reject(new Error('gone')) };
const isSilent = { flush: () => new Promise<void>(() => undefined) };

let state: SessionState;
let control: { flush(): Promise<void> };
let readiness: Readiness;
const open = (): void => {
  readiness.connected({ control } as unknown as Parameters<Readiness['connected']>[0]);
  readiness.opened({
    get state() {
      return state;
    },
  });
};

beforeEach(() => {
  vi.useFakeTimers();
  state = 'joined';
  control = answers;
  readiness = new Readiness();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a worker', () => {
  it('is ready when a coordinator has admitted it and NATS answers, and until it leaves', async () => {
    expect(await readiness.unready()).toContain('not let it in');
    state = 'joining';
    open();
    expect(await readiness.unready()).toContain('no coordinator');
    state = 'joined';
    expect(await readiness.unready()).toBeUndefined();
    state = 'leaving';
    expect(await readiness.unready()).toContain('leaves');
  });

  it.each([
    ['is gone', isGone],
    ['says nothing', isSilent],
  ])('is not ready when NATS %s, and says so in time', async (_, bus) => {
    control = bus;
    open();
    const said = readiness.unready();
    await vi.advanceTimersByTimeAsync(2000);
    expect(await said).toBe('NATS does not answer');
  });
});
