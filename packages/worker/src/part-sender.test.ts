import { CHUNK_ELEMENTS, decodeFrame, type PartFrame } from '@lockstep/proto';
import { MemoryNetwork } from '@lockstep/transport';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PartSender } from './part-sender.js';

const CHUNK_BYTES = CHUNK_ELEMENTS * Float32Array.BYTES_PER_ELEMENT;
/** Two whole chunks and a short one. */
const LENGTH = 2 * CHUNK_ELEMENTS + 10;

let received: PartFrame[];
let sender: PartSender;
let deliver: () => void;
/** Vectors that have been read for the last time. */
let free: Float32Array[];

beforeEach(() => {
  vi.useFakeTimers();
  received = [];
  free = [];
  const network = new MemoryNetwork({ scheduling: 'manual' });
  const { bulk } = network.connect('worker');
  bulk.subscribe('lockstep.v1.part.w1', ({ data }) => {
    const result = decodeFrame(data.slice());
    if (result.ok && result.frame.type === 'part') received.push(result.frame);
  });
  sender = new PartSender(bulk, 4 * CHUNK_BYTES);
  deliver = () => network.deliver();
});

afterEach(() => {
  vi.useRealTimers();
});

function send(round: number, index = 0): void {
  const sums = { values: new Float32Array(LENGTH).fill(round), counts: Float64Array.of(1, 2) };
  sender.send({ worker: 'w1', job: 'j', term: 1, round }, { level: 0, index }, sums, 77, (values) => free.push(values));
}

function sent(): string[] {
  deliver();
  return received.splice(0).map(({ round, index, chunk }) => `${round}/${index}/${chunk}`);
}

it('sends a part in chunks, with the counts and the time in the last', () => {
  send(1);
  deliver();
  expect(
    received.map(({ chunk, chunks, counts, computeMicroseconds }) => [chunk, chunks, counts, computeMicroseconds]),
  ).toEqual([
    [0, 3, [], 0],
    [1, 3, [], 0],
    [2, 3, [1, 2], 77],
  ]);
});

it('holds back what does not fit into the window until there is credit', () => {
  send(1, 0);
  send(1, 1);
  send(1, 2);
  expect(sent()).toEqual(['1/0/0', '1/0/1', '1/0/2', '1/1/0']);
  expect(free).toHaveLength(1);
  sender.credit(CHUNK_BYTES);
  expect(sent()).toEqual(['1/1/1', '1/1/2']);
  sender.credit(10 * CHUNK_BYTES);
  expect(sent()).toEqual(['1/2/0', '1/2/1', '1/2/2']);
});

it('sends a chunk larger than the window once nothing else is out', () => {
  const network = new MemoryNetwork({ scheduling: 'manual' });
  const small = new PartSender(network.connect('w').bulk, 1000);
  network.connect('c').bulk.subscribe('>', () => undefined);
  const sums = { values: new Float32Array(LENGTH), counts: new Float64Array(0) };
  small.send({ worker: 'w1', job: 'j', term: 1, round: 1 }, { level: 0, index: 0 }, sums, 0, () => undefined);
  expect(network.pending).toHaveLength(1);
  small.credit(CHUNK_BYTES);
  expect(network.pending).toHaveLength(2);
});

it('takes what is out for lost when no credit comes, as messages can be', () => {
  for (let index = 0; index < 4; index++) send(1, index);
  expect(sent()).toHaveLength(4);
  vi.advanceTimersByTime(1999);
  expect(sent()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent()).toHaveLength(5);
  vi.advanceTimersByTime(2000);
  expect(sent()).toEqual(['1/3/0', '1/3/1', '1/3/2']);
  expect(vi.getTimerCount()).toBe(0);
});

it('forgets what waits for earlier rounds once there is a later one', () => {
  send(1, 0);
  send(1, 1);
  sent();
  sender.forgetBefore(2);
  sender.credit(4 * CHUNK_BYTES);
  expect(sent()).toEqual([]);
  send(2);
  expect(sent()).toEqual(['2/0/0', '2/0/1', '2/0/2']);
});

it('forgets everything when it is reset', () => {
  for (let index = 0; index < 4; index++) send(1, index);
  sent();
  sender.reset();
  vi.advanceTimersByTime(10_000);
  expect(sent()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
