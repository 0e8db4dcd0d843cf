import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeSafetensors, type DatasetManifest } from '@lockstep/core';
import { encodeFrame, subjects, type BeginFrame, type Frame, type PrepareFrame } from '@lockstep/proto';
import { graphObject, MemoryNetwork, subscribeFrames, type Transport } from '@lockstep/transport';
import { pino, type Logger } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ComputePool } from './compute-pool.js';
import { JobMember } from './job-member.js';
import { ShardCache } from './shard-cache.js';
import { ShardFolder } from './shard-folder.js';
import type { ThreadJob } from './thread-messages.js';

const ROWS = 2;
const GRAPH = 'a'.repeat(64);

let folder: string;
let network: MemoryNetwork;
let coordinator: Transport;
let hashes: string[];
/** Names of shards that were fetched. */
let fetched: string[];
/** Why frames were dropped, and where they came. */
let refused: string[];
let transport: Transport;
let member: JobMember;
/** What threads are told of the job. */
let jobFile: string;
let makeMember: (log: Logger) => JobMember;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lockstep-test-'));
  network = new MemoryNetwork();
  coordinator = network.connect('coordinator');
  transport = network.connect('worker');
  const store = await transport.objectStore('shards');
  const shards = [1, 2, 3].map((value) =>
    writeSafetensors([
      ['x', { dtype: 'U8', shape: [ROWS, 1], data: new Uint8Array(ROWS).fill(value) }],
      ['y', { dtype: 'I32', shape: [ROWS], data: new Int32Array(ROWS) }],
    ]),
  );
  hashes = shards.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  for (const [number, bytes] of shards.entries()) await store.put(hashes[number] as string, bytes);
  await store.put(graphObject('job', GRAPH), Uint8Array.of(1, 2, 3));
  [fetched, refused] = [[], []];
  network.storeFault = ({ kind, name }) => {
    if (kind === 'get') fetched.push(name);
    return 'none';
  };
  const canary = (file: string) => {
    jobFile = file;
    return Promise.resolve({ hash: '0'.repeat(64) });
  };
  const pool = { threads: 1, canary, forget: () => undefined };
  const cache = new ShardCache(new ShardFolder(folder, 1e6), store, 0);
  const described = hashes.map((sha256, index) => ({ sha256, bytes: shards[index]?.length ?? 0, count: ROWS }));
  makeMember = (log) =>
    new JobMember(
      {
        ...{ worker: 'w1', transport, graphs: store, creditBytes: 1, log },
        onRefused: (reason, _detail, subject) => refused.push(`${reason} ${subject}`),
        ...{ shards: cache, pool: pool as unknown as ComputePool },
      },
      order(described),
    );
  member = makeMember(pino({ level: 'silent' }));
  await member.prepare();
  fetched = [];
});

afterEach(async () => {
  member.release();
  // Again, if a shard that was fetched ahead is just being written.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function order(shards: DatasetManifest['splits'][string]['shards']): PrepareFrame {
  const manifest: DatasetManifest = {
    ...{ name: 'made-up', version: 1, rowsPerShard: ROWS, source: 'made up' },
    features: { shape: [1], dtype: 'uint8', offset: 0, scale: 1 },
    labels: { kind: 'classes', classNames: ['no', 'yes'] },
    splits: { train: { count: ROWS * shards.length, shards } },
  };
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return {
    ...{ type: 'prepare', job: 'job', term: 1, parameters: 1, sliceSize: 1, seed: 1, metricSums: 1 },
    graphs: [{ key: 'train:1x1', sha256: GRAPH }],
    splits: [{ name: 'train', dataset: 'made-up', manifest: json, split: 'train' }],
  };
}

function begin(frame: Partial<BeginFrame>): void {
  const round: BeginFrame = {
    ...{ type: 'begin', job: 'job', term: 1, round: 1, kind: 'train', step: 0, split: 'train' },
    ...{ samples: [0], ranges: [], nextShards: [], ...frame },
  };
  coordinator.control.publish(subjects.jobBegin('job'), encodeFrame(round));
}

it('takes nothing that a store has answered to another worker for what the coordinator says', async () => {
  for (const bus of [transport.control, transport.bulk]) {
    const subscribe = bus.subscribe.bind(bus);
    vi.spyOn(bus, 'subscribe').mockImplementation((subject, handle) =>
      subscribe(subject, (message) => handle({ ...message, hasHeaders: true })),
    );
  }
  member.release();
  member = makeMember(pino({ level: 'silent' }));
  await member.prepare();
  const places = [subjects.jobBegin('job'), subjects.jobParameters('job'), subjects.bulk('w1')];
  for (const place of places) {
    const bus = place === subjects.jobBegin('job') ? coordinator.control : coordinator.bulk;
    bus.publish(place, encodeFrame({ type: 'release', job: 'job', term: 1 }));
  }
  await expect.poll(() => refused, { timeout: 20_000 }).toEqual(places.map((place) => `headers ${place}`));
});

it('says again that it is prepared when it is asked again, until it has failed', async () => {
  const heard: Frame[] = [];
  subscribeFrames(
    coordinator.control,
    subjects.request('w1'),
    ({ frame }) => void heard.push(frame),
    () => undefined,
  );
  expect(member.answerAgain()).toBe(true);
  expect(member.answerAgain()).toBe(true);
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(['prepared', 'prepared']);
  member.failed(0, new Error('no'));
  expect(member.answerAgain()).toBe(false);
  member.sayAgain();
  await expect.poll(() => heard.map(({ type }) => type).slice(2)).toEqual(['failed', 'failed']);
});

it('has no thread read files that are gone, nor says that it failed, when it is released while it fetches', async () => {
  const errors: unknown[] = [];
  const log = { child: () => log, info: () => undefined, error: (...said: unknown[]) => errors.push(said) };
  member = makeMember(log as unknown as Logger);
  jobFile = 'none yet';
  const prepared = member.prepare();
  member.release();
  await prepared;
  member.failed(1, new Error('its files are gone'));
  expect(jobFile).toBe('none yet');
  expect(errors).toEqual([]);
});

it('fetches the shards of the next minibatch before that begins', async () => {
  begin({ nextShards: [1, 2, 99] });
  await expect.poll(() => new Set(fetched)).toEqual(new Set(hashes.slice(1)));
});

it('fetches nothing ahead for another job or term', async () => {
  begin({ term: 2, nextShards: [0] });
  begin({ job: 'other', nextShards: [0] });
  begin({ nextShards: [1] });
  await expect.poll(() => fetched).toEqual([hashes[1]]);
});

it("keeps the job's graphs on the disk for its threads until it lets go of the job", async () => {
  const { graphFiles } = JSON.parse(await readFile(jobFile, 'utf8')) as ThreadJob;
  const [graph] = Object.values(graphFiles);
  expect(Object.keys(graphFiles)).toEqual(['train:1x1']);
  expect([...(await readFile(graph ?? ''))]).toEqual([1, 2, 3]);
  member.release();
  await expect(readdir(path.dirname(jobFile))).rejects.toMatchObject({ code: 'ENOENT' });
});
