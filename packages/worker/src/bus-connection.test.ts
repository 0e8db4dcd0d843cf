import { subjects, type EnrolledFrame } from '@lockstep/proto';
import { MemoryNetwork, subscribeFrames, type NatsOptions } from '@lockstep/transport';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectToBus } from './bus-connection.js';

const bus = vi.hoisted(() => ({ connect: (_options: unknown): unknown => undefined }));
vi.mock('@lockstep/transport', async (original) => ({
  ...(await original<object>()),
  connectNats: (options: unknown) => Promise.resolve(bus.connect(options)),
}));

const SECONDS = 600;
const RENEWAL_MILLISECONDS = SECONDS * (2 / 3) * 1000;
const GOOD: EnrolledFrame = { type: 'enrolled', accepted: true, reason: '', jwt: 'j', seconds: SECONDS };

/** What is said to an enrolment that waits for its answer. */
let answers: ((frame: EnrolledFrame) => void)[];
/** How often connections were renewed, and how many there were. */
let renewals: number;
let connections: number;
let happened: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const network = new MemoryNetwork();
  [answers, renewals, connections, happened] = [[], 0, 0, []];
  bus.connect = (options) => {
    connections += 1;
    const renew = (): Promise<void> => Promise.resolve(void (renewals += 1));
    return Object.assign(network.connect((options as NatsOptions).name ?? ''), { renew });
  };
  subscribeFrames(
    network.connect('coordinator').control,
    subjects.allEnrolments,
    ({ respond }) => void answers.push((frame) => respond?.(frame)),
    () => undefined,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

async function answer(frame: EnrolledFrame): Promise<void> {
  await expect.poll(() => answers).toHaveLength(1);
  answers.pop()?.(frame);
  await vi.advanceTimersByTimeAsync(0);
}

async function connect() {
  const connecting = connectToBus(
    { natsUrl: 'nats://nowhere', id: 'w1', joinCredentials: 'join' },
    pino({ level: 'silent' }),
    { onShutOut: () => happened.push('shut out'), onRenewed: () => happened.push('renewed') },
  );
  await answer(GOOD);
  return connecting;
}

it('renews the credential and the connections, and says so, until it is refused', async () => {
  const { close } = await connect();
  await vi.advanceTimersByTimeAsync(RENEWAL_MILLISECONDS);
  await answer(GOOD);
  await expect.poll(() => happened).toEqual(['renewed']);
  expect(renewals).toBe(1);
  await vi.advanceTimersByTimeAsync(RENEWAL_MILLISECONDS);
  await answer({ ...GOOD, accepted: false, reason: 'it is shut out' });
  await expect.poll(() => happened).toEqual(['renewed', 'shut out']);
  await close();
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  { what: 'granted', frame: GOOD },
  { what: 'refused', frame: { ...GOOD, accepted: false, reason: 'it is shut out' } },
])('does nothing about a renewal that is $what after it was closed', async ({ frame }) => {
  const { close } = await connect();
  await vi.advanceTimersByTimeAsync(RENEWAL_MILLISECONDS);
  await expect.poll(() => answers).toHaveLength(1);
  const closing = close();
  await answer(frame);
  await closing;
  await vi.advanceTimersByTimeAsync(10 * RENEWAL_MILLISECONDS);
  expect({ happened, renewals, connections }).toEqual({ happened: [], renewals: 0, connections: 2 });
  expect(vi.getTimerCount()).toBe(0);
});

it('does not enrol as at the start when a renewal that nobody answers outlives it', async () => {
  const { close } = await connect();
  await vi.advanceTimersByTimeAsync(RENEWAL_MILLISECONDS);
  await close();
  await vi.advanceTimersByTimeAsync(10 * RENEWAL_MILLISECONDS);
  expect({ happened, renewals, connections }).toEqual({ happened: [], renewals: 0, connections: 2 });
});
