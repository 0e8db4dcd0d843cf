import { MEMBERSHIP_DEFAULTS, STEP_MACHINE_DEFAULTS, StepMachine, type LossReason } from '@lockstep/core';
import {
  encodeFrame,
  PROTOCOL,
  subjects,
  type Frame,
  type HeldJob,
  type HelloFrame,
  type WelcomeFrame,
} from '@lockstep/proto';
import { MemoryNetwork, type Transport } from '@lockstep/transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorker, frameOf, partFrames, settle, silentLog } from '../testing/fake-worker.js';
import { WorkerRegistry } from './worker-registry.js';

let network: MemoryNetwork;
let worker: FakeWorker;
let coordinator: Transport;
let registry: WorkerRegistry;
/** What the listener was told. */
let told: string[];
let revoked: Set<string>;
let lost: (worker: string, reason: LossReason) => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  network = new MemoryNetwork();
  coordinator = network.connect('coordinator');
  worker = new FakeWorker(network, 'w1', 3);
  told = [];
  revoked = new Set();
  lost = () => undefined;
  registry = new WorkerRegistry(
    coordinator,
    silentLog,
    {
      workerJoined: ({ worker }) => void told.push(`joined ${worker}`),
      workerDraining: (worker) => void told.push(`draining ${worker}`),
      workerLost: ({ worker }, reason) => {
        told.push(`lost ${worker} ${reason}`);
        lost(worker, reason);
      },
      workerHolds: ({ worker }, holds) => void told.push(`${worker} holds ${holds.map(({ job }) => job).join()}`),
      workerSaid: (frame) => void told.push(`said ${frame.type}`),
      part: ({ worker }) => void told.push(`part ${worker}`),
      logged: ({ worker, job }) => void told.push(`logged ${worker} ${job}`),
      frameDropped: (reason) => void told.push(`dropped ${reason}`),
    },
    (name) => revoked.has(name),
  );
});

afterEach(() => {
  registry.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function hello(changes: Partial<HelloFrame> = {}): Promise<WelcomeFrame> {
  const frame: HelloFrame = {
    ...{
      type: 'hello',
      worker: 'w1',
      protocol: PROTOCOL.oldest,
      newestProtocol: PROTOCOL.newest,
      threads: 2,
      host: 'h',
      pid: 7,
      cpuClass: 'c',
      memoryBytes: 0,
    },
    ...changes,
  };
  const answer = frameOf(
    await worker.transport.control.request(subjects.hello(frame.worker), encodeFrame(frame), 1000),
  );
  if (answer?.type !== 'welcome') throw new Error('It did not welcome.');
  return answer;
}

async function say(subject: string, frame: Frame): Promise<void> {
  worker.transport.control.publish(subject, encodeFrame(frame));
  await settle();
}

const heartbeat = (session: string, draining = false, holds: HeldJob[] = []) =>
  say(subjects.heartbeat('w1'), { type: 'heartbeat', worker: 'w1', session, draining, holds });

describe('the registry of workers', () => {
  it('admits a worker and tells it its session and how often to send heartbeats', async () => {
    const welcome = await hello();
    expect(welcome).toMatchObject({ accepted: true, heartbeatMilliseconds: MEMBERSHIP_DEFAULTS.heartbeatMilliseconds });
    expect(registry.get('w1')).toMatchObject({ session: welcome.session, threads: 2, host: 'h', pid: 7 });
    expect(told).toEqual(['joined w1']);
  });

  it('agrees with each worker on the newest protocol that both speak', async () => {
    expect((await hello()).protocol).toBe(PROTOCOL.newest);
    expect((await hello({ protocol: PROTOCOL.newest, newestProtocol: 9 })).protocol).toBe(PROTOCOL.newest);
  });

  it('answers a worker of version 1, where and as that one says hello, with what to do', async () => {
    // As that version wrote it: w-1 with eight threads on höst.
    const bytes = '080112290a03772d3110011808220568c3b6737428e724320e6176783531322f7466322e392e31388080808020';
    const answer = await worker.transport.control.request(subjects.formerHello, Buffer.from(bytes, 'hex'), 1000);
    const reason = 'the worker speaks protocol 1, the coordinator 2: update the worker';
    expect(frameOf(answer)).toMatchObject({ type: 'welcome', accepted: false, reason });
    // That version reads no other.
    expect([...answer.subarray(0, 2)]).toEqual([0x08, 1]);
    expect(registry.members).toEqual([]);
  });

  it('refuses a worker that speaks none of its protocols, and says which each of them speaks', async () => {
    const welcome = await hello({ protocol: 8, newestProtocol: 9 });
    const reason = 'the worker speaks protocol 8 to 9, the coordinator 2: update the coordinator';
    expect(welcome).toMatchObject({ accepted: false, reason });
    expect((await hello({ protocol: 0, newestProtocol: 0 })).reason).toMatch(/of no version.*: update the worker$/);
    expect(registry.members).toEqual([]);
    expect(told).toEqual([]);
  });

  it('takes another hello for a restart: the worker of before is lost', async () => {
    const { session } = await hello();
    expect((await hello()).session).not.toBe(session);
    expect(told).toEqual(['joined w1', 'lost w1 left', 'joined w1']);
  });

  it('tells a worker whose session it does not know to say hello again', async () => {
    await heartbeat('old');
    expect(worker.heard).toEqual([expect.objectContaining({ type: 'welcome', accepted: false })]);
    const { session } = await hello();
    worker.heard.length = 0;
    await heartbeat(session);
    expect(worker.heard).toEqual([]);
    await heartbeat('old');
    expect(worker.heard).toHaveLength(1);
  });

  it('loses a worker that is not heard, and not one that is', async () => {
    const { session } = await hello();
    for (let seconds = 0; seconds < 20; seconds++) {
      vi.advanceTimersByTime(1000);
      await heartbeat(session);
    }
    expect(told).toEqual(['joined w1']);
    vi.advanceTimersByTime(MEMBERSHIP_DEFAULTS.lostAfterMilliseconds + 500);
    expect(told).toEqual(['joined w1', 'lost w1 heartbeat']);
    await heartbeat(session);
    expect(worker.heard.at(-1)).toMatchObject({ type: 'welcome', accepted: false });
  });

  it('tells once that a worker drains, and once that it is lost when it has left', async () => {
    const { session } = await hello();
    await heartbeat(session, true);
    await heartbeat(session, true);
    expect(registry.get('w1')?.draining).toBe(true);
    await say(subjects.request('w1'), { type: 'leave', worker: 'w1', session: 'another' });
    await say(subjects.request('w1'), { type: 'leave', worker: 'w1', session });
    expect(told).toEqual(['joined w1', 'draining w1', 'lost w1 left']);
  });

  it('passes on what admitted workers say, and nothing of others', async () => {
    const pull = { type: 'pullParameters', worker: 'w1', job: 'j', term: 1, step: 0 } as const;
    await say(subjects.request('w1'), pull);
    await hello();
    await say(subjects.request('w1'), pull);
    expect(told).toEqual(['joined w1', 'said pullParameters']);
  });

  it('passes on what admitted workers have logged, in their own name alone', async () => {
    const logs = { type: 'logs', worker: 'w1', job: 'j', lines: [], dropped: 0 } as const;
    await say(subjects.logs('w1'), logs);
    await hello();
    await say(subjects.logs('w1'), logs);
    await say(subjects.logs('w2'), logs);
    expect(told).toEqual(['joined w1', 'logged w1 j', 'dropped foreign-worker']);
  });

  it('passes on which jobs admitted workers hold', async () => {
    const holds = ['a', 'b'].map((job) => ({ job, term: 1 }));
    await heartbeat('old', false, holds);
    const { session } = await hello();
    await heartbeat(session, false, holds);
    await heartbeat(session);
    await heartbeat(session, true, holds);
    expect(told).toEqual(['joined w1', 'w1 holds a,b', 'draining w1', 'w1 holds a,b']);
  });

  it('drops what a worker says in another’s name', async () => {
    const { session } = await hello();
    await say(subjects.heartbeat('w2'), { type: 'heartbeat', worker: 'w1', session, draining: true, holds: [] });
    await say(subjects.request('w2'), { type: 'leave', worker: 'w1', session });
    await say(subjects.request('w2'), { type: 'pullParameters', worker: 'w1', job: 'j', term: 1, step: 0 });
    const [part] = partFrames('w1', { node: { level: 0, index: 0 }, round: 1, sliceCount: 1, length: 3 });
    worker.transport.bulk.publish(subjects.part('w2'), encodeFrame(part as Frame));
    worker.send(part as Frame);
    await settle();
    expect(told).toEqual(['joined w1', 'dropped foreign-worker', 'part w1']);
    expect(registry.get('w1')?.draining).toBe(false);
  });

  it('tells a worker to leave with each heartbeat until it drains, and forgets the order with the session', async () => {
    const { session } = await hello();
    const drains = () => worker.heard.splice(0).filter(({ type }) => type === 'drain');
    registry.drain('w1');
    await settle();
    expect(drains()).toEqual([{ type: 'drain', session }]);
    await heartbeat(session);
    expect(drains()).toEqual([{ type: 'drain', session }]);
    await heartbeat(session, true);
    await say(subjects.request('w1'), { type: 'leave', worker: 'w1', session });
    const next = await hello();
    await heartbeat(next.session);
    expect(drains()).toEqual([]);
    expect(told).toEqual(['joined w1', 'draining w1', 'lost w1 left', 'joined w1']);
    expect(() => registry.drain('w2')).toThrow('there is no worker');
  });

  it('gives the work of a worker that is shut out to others at once, and takes and admits nothing of it any more', async () => {
    const { session } = await hello();
    const machine = new StepMachine({ ...STEP_MACHINE_DEFAULTS, term: 1, minWorkers: 1 });
    for (const name of ['w1', 'w2']) machine.handle({ type: 'worker-ready', worker: name, threads: 1, now: 0 });
    machine.handle({ type: 'start', round: 1, kind: 'train', sliceCount: 2, now: 0 });
    lost = (name, reason) => {
      const effects = machine.handle({ type: 'worker-lost', worker: name, reason, now: 1 });
      const given = effects.flatMap((effect) => (effect.type === 'begin' ? effect.ranges : []));
      told.push(`given to ${given.map((range) => range.worker).join()}`);
    };
    revoked.add('w1');
    registry.evict('w1');
    await settle();
    expect(worker.heard).toEqual([{ type: 'drain', session }]);
    const [part] = partFrames('w1', { node: { level: 0, index: 0 }, round: 1, sliceCount: 1, length: 3 });
    worker.send(part as Frame);
    await settle();
    expect(await hello()).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('worker admit w1') as string,
    });
    expect(told).toEqual(['joined w1', 'lost w1 left', 'given to w2', 'dropped revoked-worker']);
    revoked.delete('w1');
    expect((await hello()).accepted).toBe(true);
  });

  it('counts frames that it cannot read, and goes on', async () => {
    worker.transport.control.publish(subjects.request('w1'), Uint8Array.of(1, 2, 3));
    worker.transport.bulk.publish(subjects.part('w1'), new Uint8Array(100));
    await settle();
    expect(told).toEqual(['dropped malformed', expect.stringMatching(/^dropped /)]);
    expect((await hello()).accepted).toBe(true);
  });
});
