/** Whatever arrives, a running round ends with the right sums, and the members stay who they are. */
import { LockstepError } from '@lockstep/core';
import { encodeFrame, floatBytes, PROTOCOL, subjects, type Frame } from '@lockstep/proto';
import { MemoryNetwork, type Transport } from '@lockstep/transport';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RoundRunner } from './round-runner.js';
import { FakeWorker, JOB, partFrames, settle, silentLog, sumsOf, TERM } from '../testing/fake-worker.js';
import { WorkerRegistry } from '../workers/worker-registry.js';

const LENGTH = 40;
const SLICES = 9;
const MESSAGES = 10_000;

let network: MemoryNetwork;
let rounds: RoundRunner;
let registry: WorkerRegistry;
let intruder: Transport;
let dropped: number;
const errors: string[] = [];

beforeEach(() => {
  // No time goes by: the worker, which sends no heartbeats, must not be lost on a machine that takes seconds for this.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  network = new MemoryNetwork();
  const transport = network.connect('coordinator');
  intruder = network.connect('intruder');
  dropped = 0;
  transport.onStatus(({ message }) => errors.push(message));
  rounds = new RoundRunner({
    ...{ transport, job: JOB, term: TERM, minWorkers: 1, sliceSize: 1, rowsPerShard: 25 },
    lengths: { train: { values: LENGTH, counts: 2 }, evaluate: { values: 3, counts: 2 } },
    onWaiting: () => undefined,
    onReissue: () => undefined,
    onReject: () => (dropped += 1),
  });
  registry = new WorkerRegistry(transport, silentLog, {
    workerJoined: () => undefined,
    workerDraining: () => undefined,
    workerLost: ({ worker }, reason) => rounds.workerLost(worker, reason),
    workerHolds: () => undefined,
    workerSaid: () => undefined,
    part: (frame) => rounds.part(frame),
    logged: () => undefined,
    frameDropped: () => (dropped += 1),
  });
});

afterEach(() => {
  rounds.abort(new LockstepError('CANCELLED', 'the test is over'));
  registry.close();
  vi.useRealTimers();
});

async function admit(worker: FakeWorker): Promise<void> {
  const hello: Frame = {
    ...{
      type: 'hello',
      worker: worker.name,
      protocol: PROTOCOL.oldest,
      newestProtocol: PROTOCOL.newest,
      threads: 1,
      host: 'h',
      pid: 1,
      cpuClass: 'c',
      memoryBytes: 0,
    },
  };
  await worker.transport.control.request(subjects.hello(worker.name), encodeFrame(hello), 20_000);
  rounds.workerReady(worker.name, 1);
}

const part = (changes: object): Uint8Array => {
  const node = { level: 0, index: 1 };
  const [frame] = partFrames('w1', { node, round: 1, sliceCount: SLICES, length: LENGTH });
  return encodeFrame({ ...(frame as Frame), ...changes });
};

/** Good frames of a kind that must not count, which are then cut, flipped and joined. */
const seeds: readonly Uint8Array[] = [
  part({ term: TERM + 1 }),
  part({ round: 7 }),
  part({ worker: 'w9' }),
  part({ level: 31, index: 5 }),
  part({ chunk: 8, chunks: 9 }),
  part({ counts: [] }),
  encodeFrame({ type: 'heartbeat', worker: 'w1', session: 'none', draining: true, holds: [] }),
  encodeFrame({ type: 'leave', worker: 'w1', session: 'none' }),
  encodeFrame({ type: 'prepared', worker: 'w1', job: JOB, term: TERM, canary: '0'.repeat(64) }),
  encodeFrame({ type: 'credit', job: JOB, term: TERM, bytes: 5 }),
];

const mutated = fc
  .record({
    seed: fc.constantFrom(...seeds),
    flips: fc.array(fc.record({ at: fc.nat(5000), bit: fc.nat(7) }), { maxLength: 4 }),
    cut: fc.option(fc.nat(300)),
    tail: fc.uint8Array({ maxLength: 6 }),
  })
  .map(({ seed, flips, cut, tail }) => {
    const bytes = Uint8Array.from([...seed.subarray(0, cut ?? seed.length), ...tail]);
    for (const { at, bit } of flips) {
      const index = at % Math.max(1, bytes.length);
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
    }
    return bytes;
  });

const message = fc.record({
  bytes: fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) }),
  // Not w1's own subjects: a worker that lies under its own name is what `audit` is for.
  subject: fc.constantFrom(
    ...[
      subjects.part('w2'),
      subjects.part('w9'),
      subjects.request('w9'),
      subjects.heartbeat('w9'),
      subjects.hello('w9'),
    ],
  ),
  bus: fc.constantFrom('control' as const, 'bulk' as const),
});

it('survives ten thousand random and mutated frames in the middle of a round, and counts them', async () => {
  const worker = new FakeWorker(network, 'w1', LENGTH);
  await admit(worker);
  const held: (() => void)[] = [];
  worker.answer = (frames) => held.push(() => frames.forEach((frame) => worker.send(frame)));
  const running = rounds.run({
    ...{ kind: 'train', step: 0, split: 'train' },
    samples: Uint32Array.from({ length: SLICES }, (_, index) => index),
    next: new Uint32Array(),
  });
  await settle();
  const members = JSON.stringify(registry.members.map(({ lastHeard: _, ...member }) => member));
  for (const { bytes, subject, bus } of fc.sample(message, { numRuns: MESSAGES, seed: 11 })) {
    intruder[bus].publish(subject, bytes);
  }
  while (network.pending.length > 0) await settle();
  expect(JSON.stringify(registry.members.map(({ lastHeard: _, ...member }) => member))).toBe(members);
  expect(dropped).toBeGreaterThan(MESSAGES / 4);
  expect(errors).toEqual([]);
  for (const send of held) send();
  const { values, counts } = await running;
  const expected = sumsOf(0, SLICES, LENGTH);
  expect(Buffer.compare(floatBytes(values), floatBytes(expected.values))).toBe(0);
  expect([...counts]).toEqual(expected.counts);
});
