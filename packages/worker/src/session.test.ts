import { encodeFrame, PROTOCOL, subjects, type Frame, type WelcomeFrame } from '@lockstep/proto';
import { MemoryNetwork, subscribeFrames, type Subscription, type Transport } from '@lockstep/transport';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ComputePool } from './compute-pool.js';
import { Session } from './session.js';
import { ShardCache } from './shard-cache.js';
import { ShardFolder } from './shard-folder.js';

let network: MemoryNetwork;
let hellos: Subscription;
let coordinator: Transport;
let session: Session;
/** Frames from the worker. */
let heard: Frame[];
let shutOut: boolean;
let drained: number;
/** Why orders were dropped. */
let refused: string[];
let fromStore: boolean;
let answers: (WelcomeFrame | 'silence')[];

const welcome = (sessionId: string): WelcomeFrame => ({
  ...{
    type: 'welcome',
    accepted: true,
    reason: '',
    heartbeatMilliseconds: 500,
    session: sessionId,
    protocol: PROTOCOL.newest,
  },
});
/** Of the session that `join` gets. */
const refusal: WelcomeFrame = { ...welcome('s1'), accepted: false, reason: 'the session is not known' };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  network = new MemoryNetwork();
  coordinator = network.connect('coordinator');
  heard = [];
  answers = [];
  shutOut = false;
  drained = 0;
  refused = [];
  fromStore = false;
  const { control } = coordinator;
  hellos = listenForHellos(subjects.allHellos);
  for (const subject of [subjects.allHeartbeats, subjects.allRequests]) {
    subscribeFrames(
      control,
      subject,
      ({ frame }) => void heard.push(frame),
      () => undefined,
    );
  }
  const transport = network.connect('worker');
  const subscribe = transport.control.subscribe.bind(transport.control);
  vi.spyOn(transport.control, 'subscribe').mockImplementation((subject, handle) =>
    subscribe(subject, (message) => handle({ ...message, hasHeaders: fromStore })),
  );
  const store = await transport.objectStore('shards');
  session = new Session({
    ...{
      worker: 'w1',
      threads: 1,
      memoryBytes: 0,
      host: 'h',
      transport,
      graphs: store,
      creditBytes: 1,
      seeksFormer: true,
    },
    shards: new ShardCache(new ShardFolder('/nowhere', 1), store, 1),
    pool: { forget: () => undefined } as unknown as ComputePool,
    log: pino({ level: 'silent' }),
    flushLogs: () => undefined,
    onRefused: (reason) => refused.push(reason),
    onShutOut: () => {
      shutOut = true;
    },
    onDrain: () => {
      drained += 1;
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Says to each hello what comes next. */
function listenForHellos(subject: string): Subscription {
  return subscribeFrames(
    coordinator.control,
    subject,
    ({ frame, respond }) => {
      heard.push(frame);
      const answer = answers.shift() ?? 'silence';
      if (answer !== 'silence') respond?.(answer);
    },
    () => undefined,
  );
}

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);
const types = () => heard.splice(0).map(({ type }) => type);

async function join(id = 's1'): Promise<void> {
  answers.push(welcome(id));
  await session.join();
  await settle();
}

it('says hello until a coordinator answers, then sends heartbeats with its session', async () => {
  answers = ['silence', 'silence', welcome('s1')];
  const joining = session.join();
  await settle(10_000);
  await joining;
  expect(types().slice(0, 4)).toEqual(['hello', 'hello', 'hello', 'heartbeat']);
  await settle(1000);
  expect(heard).toEqual(Array(2).fill({ type: 'heartbeat', worker: 'w1', session: 's1', draining: false, holds: [] }));
});

it('ends with the coordinator’s reason when it is refused', async () => {
  answers = [{ ...refusal, reason: 'another protocol' }];
  await expect(session.join()).rejects.toMatchObject({
    code: 'WORKER_REFUSED',
    message: expect.stringMatching('another protocol'),
  });
});

it('admits no coordinator that has agreed on a version that it does not speak', async () => {
  answers = [{ ...welcome('s1'), protocol: 9 }];
  await expect(session.join()).rejects.toMatchObject({
    code: 'WORKER_REFUSED',
    message: expect.stringContaining('the worker speaks protocol 2, the coordinator 9'),
  });
});

it('is refused by a coordinator of version 1, which listens where it did then', async () => {
  hellos.unsubscribe();
  listenForHellos(subjects.formerHello);
  answers = [{ ...refusal, reason: 'the worker speaks protocol 2, the coordinator 1: update the older one' }];
  await expect(session.join()).rejects.toMatchObject({ code: 'WORKER_REFUSED' });
  // That version looks for its own number in `protocol`.
  expect(heard[0]).toMatchObject({ type: 'hello', protocol: PROTOCOL.oldest, newestProtocol: PROTOCOL.newest });
});

it('says hello again when its session is not known any more', async () => {
  await join();
  types();
  answers = [welcome('s2')];
  coordinator.control.publish(subjects.order('w1'), encodeFrame(refusal));
  await settle(600);
  expect(heard.map((frame) => ('session' in frame ? frame.session : frame.type))).toEqual(['hello', 's2', 's2']);
});

it('stays when a session is not known that is not its own', async () => {
  await join();
  types();
  for (const other of ['', 's0']) {
    coordinator.control.publish(subjects.order('w1'), encodeFrame({ ...refusal, session: other }));
  }
  await settle(600);
  expect(types()).not.toContain('hello');
});

it('has nothing left to do when it is refused on saying hello again', async () => {
  await join();
  answers = [{ ...refusal, reason: 'another protocol' }];
  coordinator.control.publish(subjects.order('w1'), encodeFrame(refusal));
  await settle(600);
  expect(shutOut).toBe(true);
});

it('drains: says so, leaves, and sends nothing after it', async () => {
  await join();
  types();
  const leaving = session.leave();
  await settle(100);
  await leaving;
  expect(heard).toEqual([
    { type: 'heartbeat', worker: 'w1', session: 's1', draining: true, holds: [] },
    { type: 'leave', worker: 'w1', session: 's1' },
  ]);
  types();
  await settle(10_000);
  expect(heard).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('stays away when it leaves while it says hello', async () => {
  answers = [welcome('s1')];
  const joining = session.join();
  await session.leave();
  await settle(5000);
  await joining;
  expect(types()).toEqual(['hello']);
  expect(vi.getTimerCount()).toBe(0);
});

it('takes no order that a store has answered to another worker', async () => {
  await join();
  const order = encodeFrame({ type: 'drain', session: 's1' });
  for (fromStore of [true, false]) {
    coordinator.control.publish(subjects.order('w1'), order);
    await settle();
    expect({ drained, refused }).toEqual({ drained: fromStore ? 0 : 1, refused: ['headers'] });
  }
});

it('is told to leave, and takes no notice of an order that is meant for an earlier session', async () => {
  await join();
  coordinator.control.publish(subjects.order('w1'), encodeFrame({ type: 'drain', session: 's0' }));
  await settle();
  expect(drained).toBe(0);
  coordinator.control.publish(subjects.order('w1'), encodeFrame({ type: 'drain', session: 's1' }));
  await settle();
  expect(drained).toBe(1);
});

it('says which jobs it holds, and what it has said of them when its connection was away, until it is released', async () => {
  await join();
  const order: Frame = {
    ...{ type: 'prepare', job: 'j', term: 1, parameters: 1, sliceSize: 1, seed: 1, metricSums: 1 },
    ...{ graphs: [{ key: 'train:1x1', sha256: 'a'.repeat(64) }], splits: [] },
  };
  coordinator.control.publish(subjects.order('w1'), encodeFrame(order));
  // There is no such graph, so what it has to say is that it failed.
  await settle();
  const held = async () => {
    heard.length = 0;
    await settle(600);
    const [frame] = heard.splice(0).filter(({ type }) => type === 'heartbeat');
    return frame?.type === 'heartbeat' && frame.holds;
  };
  const said = () => heard.splice(0).filter((frame) => 'job' in frame);
  expect(said()).toMatchObject([{ type: 'failed', job: 'j', term: 1 }]);
  expect(await held()).toEqual([{ job: 'j', term: 1 }]);
  session.sayAgain();
  await settle();
  expect(said()).toMatchObject([{ type: 'failed', job: 'j', term: 1 }]);
  network.signal('worker', { type: 'reconnected', message: 'back' });
  await settle();
  expect(said()).toHaveLength(1);
  coordinator.control.publish(subjects.order('w1'), encodeFrame({ type: 'release', job: 'j', term: 1 }));
  await settle();
  session.sayAgain();
  await settle();
  expect(said()).toEqual([]);
  expect(await held()).toEqual([]);
});
