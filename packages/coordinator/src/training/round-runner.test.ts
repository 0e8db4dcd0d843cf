import { LockstepError, type RoundKind } from '@lockstep/core';
import { CHUNK_ELEMENTS, floatBytes, subjects } from '@lockstep/proto';
import { MemoryNetwork, subscribeFrames, type Fault } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoundRunner } from './round-runner.js';
import { FakeWorker, JOB, partFrames, settle, sumsOf, TERM } from '../testing/fake-worker.js';

/** Two whole chunks and a short one. */
const LENGTH = 2 * CHUNK_ELEMENTS + 5;
const SLICES = 7;

let network: MemoryNetwork;
let rounds: RoundRunner;
let rejected: string[];
let reissued: string[];
let waiting: string[];
/** Phases that were reported, and none of negative length. */
let phases: string[];

const request = (kind: RoundKind = 'train') => ({
  ...{ kind, step: 3, split: 'train' as const },
  samples: Uint32Array.from({ length: SLICES }, (_, index) => index * 10),
  next: Uint32Array.of(99, 3, 98, 50, 2),
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  network = new MemoryNetwork();
  const transport = network.connect('coordinator');
  [rejected, reissued, waiting, phases] = [[], [], [], []];
  rounds = new RoundRunner({
    ...{ transport, job: JOB, term: TERM, minWorkers: 1, sliceSize: 1, rowsPerShard: 25 },
    lengths: { train: { values: LENGTH, counts: 2 }, evaluate: { values: 3, counts: 2 } },
    onWaiting: (sentence) => void waiting.push(sentence),
    onReissue: (slices, reason) => void reissued.push(`${slices} ${reason}`),
    onReject: (reason) => void rejected.push(reason),
    onPhase: (phase, seconds) => void phases.push(seconds < 0 ? `${phase} ${seconds}` : phase),
  });
  const refused = (reason: string) => void rejected.push(reason);
  const onPart = ({ frame }: { frame: { type: string } }) => {
    if (frame.type === 'part') rounds.part(frame as Parameters<RoundRunner['part']>[0]);
  };
  subscribeFrames(transport.bulk, subjects.allParts, onPart, refused);
});

afterEach(() => {
  rounds.abort(new LockstepError('CANCELLED', 'the test is over'));
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function join(...names: string[]): FakeWorker[] {
  return names.map((name) => {
    const worker = new FakeWorker(network, name, LENGTH);
    rounds.workerReady(name, 1);
    return worker;
  });
}

/** That a round ends with the exact sums, as time goes by. */
async function expectSums(): Promise<void> {
  let ended = false;
  const running = rounds.run(request()).finally(() => (ended = true));
  running.catch(() => undefined);
  for (let turn = 0; turn < 200 && !ended; turn++) {
    await settle();
    if (!ended) vi.advanceTimersByTime(1000);
  }
  const { values, counts } = await running;
  const expected = sumsOf(0, SLICES, LENGTH);
  expect(Buffer.compare(floatBytes(values), floatBytes(expected.values))).toBe(0);
  expect([...counts]).toEqual(expected.counts);
  rounds.release('train', { values, counts });
}

describe('a round', () => {
  it('gives the sums over all slices, each once, and tells the workers everything that they need', async () => {
    const [a] = join('a', 'b') as [FakeWorker];
    await expectSums();
    const { ranges, ...order } = a.begins[0] as (typeof a.begins)[number];
    expect(order).toEqual({
      ...{ type: 'begin', job: JOB, term: TERM, round: 1, kind: 'train', step: 3, split: 'train' },
      samples: [0, 10, 20, 30, 40, 50, 60],
      nextShards: [0, 2, 3],
    });
    expect(ranges.reduce((sum, { first, end }) => sum + end - first, 0)).toBe(SLICES);
    expect([rejected, reissued]).toEqual([[], []]);
    expect(phases).toEqual(['compute', 'gather', 'reduce']);
  });

  const faults: [string, (message: number) => Fault][] = [
    ['lost', (message) => (message % 5 === 2 ? 'drop' : 'none')],
    ['doubled', () => 'double'],
    ['overtaken', (message) => ({ overtakenBy: message % 4 })],
    [
      'lost, doubled and overtaken',
      (message) => (['drop', 'none', 'double', { overtakenBy: 3 }] as const)[message % 4] ?? 'none',
    ],
  ];
  it.each(faults)('gives the same sums while messages are %s', async (_name, faultOf) => {
    const workers = join('a', 'b', 'c');
    let message = 0;
    network.fault = () => faultOf(message++);
    for (let round = 0; round < 4; round++) await expectSums();
    expect(workers.some(({ begins }) => begins.length > 0)).toBe(true);
  });

  it('drops parts that are damaged on their way, and asks again', async () => {
    join('a');
    let damaged = 0;
    network.fault = ({ bus, data }) => {
      // A flipped bit in the first part: the checksum does not fit any more.
      if (bus === 'bulk' && damaged++ === 0) data[data.length - 9] = (data[data.length - 9] as number) ^ 4;
      return 'none';
    };
    await expectSums();
    expect(rejected[0]).toBe('checksum');
    expect(reissued).toEqual([`${SLICES} late`]);
  });

  it('refuses parts of another term, round, worker or size, by reason, and is not disturbed', async () => {
    const [a] = join('a') as [FakeWorker];
    a.answer = (frames) => {
      for (const frame of frames) {
        a.send({ ...frame, term: TERM - 1 });
        a.send({ ...frame, round: frame.round + 1 });
        a.send({ ...frame, round: 0 });
        a.send({ ...frame, worker: 'nobody' });
        a.send({ ...frame, level: 0, index: SLICES });
        a.send({ ...frame, values: frame.values.subarray(4) });
        a.send({ ...frame, chunk: 0, chunks: 9, counts: [] });
        if (frame.counts.length > 0) a.send({ ...frame, counts: [1] });
        a.send(frame);
      }
    };
    await expectSums();
    const counts = Object.fromEntries(
      rejected.map((reason) => [reason, rejected.filter((one) => one === reason).length]),
    );
    expect(counts).toMatchObject({ 'stale-term': 3, 'future-round': 3, 'unknown-worker': 3, outside: 3 });
    // One node in three chunks: the values are cut short and the chunks miscounted in each, the counts once.
    expect(counts['wrong-size']).toBe(3 + 3 + 1);
    expect(reissued).toEqual([]);
  });

  it('gives credit for what has come, whether it was taken or not', async () => {
    const [a] = join('a') as [FakeWorker];
    await expectSums();
    const part = { node: { level: 0, index: 0 }, round: 1, sliceCount: SLICES, length: LENGTH };
    for (let again = 0; again < 3; again++) partFrames('a', part).forEach((frame) => a.send(frame));
    await settle();
    expect(rejected).toHaveLength(9);
    const credit = a.heard.filter((frame) => frame.type === 'credit').reduce((sum, { bytes }) => sum + bytes, 0);
    // One part taken and three refused; what is below four mebibytes is acknowledged with what comes next.
    const arrived = 4 * LENGTH * Float32Array.BYTES_PER_ELEMENT;
    expect(credit).toBeLessThanOrEqual(arrived);
    expect(credit).toBeGreaterThan(arrived - 4 * 2 ** 20);
  });

  it('waits with a sentence while there is no worker, and goes on with the first', async () => {
    const running = expectSums();
    expect(waiting).toEqual(['ready workers: 0 of 1 (cluster.minWorkers)']);
    join('a');
    await running;
    expect(waiting.at(-1)).toBe('');
  });

  it('gives a lost worker’s slices to the others', async () => {
    const [a, b] = join('a', 'b') as [FakeWorker, FakeWorker];
    b.answer = () => undefined;
    const running = expectSums();
    await settle();
    rounds.workerLost('b', 'heartbeat');
    await running;
    expect(reissued).toEqual([expect.stringMatching(/^\d lost$/)]);
    expect(a.begins).toHaveLength(2);
  });

  it('ends with the error it is aborted with, and hands nothing out any more', async () => {
    const [a] = join('a') as [FakeWorker];
    a.answer = () => undefined;
    const running = rounds.run(request());
    rounds.abort(new LockstepError('CANCELLED', 'was cancelled'));
    await expect(running).rejects.toThrow('was cancelled');
    await settle();
    const orders = a.begins.length;
    rounds.workerLost('a', 'left');
    rounds.workerReady('a', 1);
    await settle();
    expect(a.begins).toHaveLength(orders);
    expect(vi.getTimerCount()).toBe(0);
  });
});
