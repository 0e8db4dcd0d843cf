import { subjects, type EnrolledFrame } from '@lockstep/proto';
import {
  MemoryNetwork,
  subscribeFrames,
  type NatsOptions,
  type Subscription,
  type Transport,
  type TransportStatus,
} from '@lockstep/transport';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectToBus } from './bus-connection.js';

const bus = vi.hoisted(() => ({ connect: (_options: unknown): unknown => undefined }));
vi.mock('@lockstep/transport', async (original) => ({
  ...(await original<object>()),
  connectNats: (options: unknown) => Promise.resolve(bus.connect(options)),
}));

const SECONDS = 60;
const RENEWAL_MILLISECONDS = SECONDS * (2 / 3) * 1000;
const GOOD: EnrolledFrame = { type: 'enrolled', accepted: true, reason: '', jwt: 'j', seconds: SECONDS };

/** What is said to an enrolment that waits for its answer. */
let answers: ((frame: EnrolledFrame) => void)[];
/** How often connections were renewed, and how many there were. */
let renewals: number;
let connections: number;
let happened: string[];
/** What was logged. */
let lines: string[];
/** Says what has happened to the connections. */
let tell: (type: TransportStatus['type']) => void;
let listen: () => Subscription;
let listening: Subscription;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const network = new MemoryNetwork();
  [answers, renewals, connections, happened, lines] = [[], 0, 0, [], []];
  bus.connect = (options) => {
    connections += 1;
    const renew = (): Promise<void> => Promise.resolve(void (renewals += 1));
    const onStatus: Transport['onStatus'] = (listener) => {
      tell = (type) => listener({ type, message: '' });
    };
    const name = `${(options as NatsOptions).name ?? ''} ${String(connections)}`;
    return Object.assign(network.connect(name), { renew, onStatus });
  };
  const { control } = network.connect('coordinator');
  listen = () =>
    subscribeFrames(
      control,
      subjects.allEnrolments,
      ({ respond }) => void answers.push((frame) => respond?.(frame)),
      () => undefined,
    );
  listening = listen();
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
    pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) }),
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

const waits = (): string[] => lines.filter((line) => line.includes('waiting for a coordinator'));

it('asks for as long as no coordinator answers, over one connection, says so once, and is back in seconds', async () => {
  const { close } = await connect();
  listening.unsubscribe();
  await vi.advanceTimersByTimeAsync(3 * SECONDS * 1000);
  // The credential has ended: it asks as at the start.
  expect({ connections, renewals, happened }).toEqual({ connections: 3, renewals: 0, happened: [] });
  expect(waits()).toHaveLength(1);
  listening = listen();
  await vi.advanceTimersByTimeAsync(3000);
  await answer(GOOD);
  await expect.poll(() => happened).toEqual(['renewed']);
  expect(lines.at(-1)).toMatch(/has given this worker a credential, after 1\d\d s/);
  await close();
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for its first coordinator over one connection, and says so once', async () => {
  listening.unsubscribe();
  const connecting = connect();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections).toBe(1);
  expect(waits()).toHaveLength(1);
  listening = listen();
  await vi.advanceTimersByTimeAsync(3000);
  await (await connecting).close();
});

it('asks for the next credential when the server does not take the one that it has, whatever the time', async () => {
  const { close } = await connect();
  await vi.advanceTimersByTimeAsync(5000);
  for (const type of ['disconnected', 'refused', 'refused'] as const) tell(type);
  // As at the start: nothing gets through with that credential.
  await answer(GOOD);
  await expect.poll(() => happened).toEqual(['renewed']);
  expect({ connections, renewals }).toEqual({ connections: 3, renewals: 1 });
  // A clock may be so wrong that no credential is good for long.
  for (const type of ['refused', 'refused'] as const) tell(type);
  await vi.advanceTimersByTimeAsync(1000);
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  await answer(GOOD);
  await expect.poll(() => happened).toEqual(['renewed', 'renewed']);
  await close();
  expect(vi.getTimerCount()).toBe(0);
});

it('stops asking when it is closed meanwhile', async () => {
  const { close } = await connect();
  listening.unsubscribe();
  await vi.advanceTimersByTimeAsync(2 * SECONDS * 1000);
  await close();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(happened).toEqual([]);
});
