import { CHUNK_ELEMENTS as CHUNK, type ParametersFrame } from '@lockstep/proto';
import { MemoryNetwork } from '@lockstep/transport';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ParameterBroadcast } from './parameter-broadcast.js';
import { FakeWorker, JOB, settle, TERM } from '../testing/fake-worker.js';

/** 16 MiB of chunks. */
const WINDOW = (16 * 2 ** 20) / (CHUNK * Float32Array.BYTES_PER_ELEMENT);

let network: MemoryNetwork;
let broadcast: ParameterBroadcast;
let worker: FakeWorker;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  network = new MemoryNetwork();
  broadcast = new ParameterBroadcast(network.connect('coordinator'), JOB, TERM);
  worker = new FakeWorker(network, 'a', 1);
});

afterEach(() => {
  broadcast.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const vector = (chunks: number, value: number) => new Float32Array(chunks * CHUNK).fill(value);

/** The chunks that the worker has got since it was asked last, as `step/chunk`. */
async function heard(by = worker): Promise<string[]> {
  await settle();
  const frames = by.heard.splice(0).filter((frame): frame is ParametersFrame => frame.type === 'parameters');
  for (const frame of frames) expect(frame).toMatchObject({ job: JOB, term: TERM });
  return frames.map(({ step, chunk }) => `${step}/${chunk}`);
}

const chunksFrom = (step: number, first: number, end: number) =>
  Array.from({ length: end - first }, (_, index) => `${step}/${first + index}`);

it('gives a worker that joins the current parameters', async () => {
  broadcast.publish(4, vector(2, 1));
  await heard();
  broadcast.join('a');
  expect(await heard()).toEqual(['4/0', '4/1']);
});

it('has no more than 16 MiB under way to a worker that is silent', async () => {
  broadcast.publish(0, vector(1, 0));
  broadcast.join('a');
  await heard();
  broadcast.publish(1, vector(WINDOW + 10, 1));
  expect(await heard()).toEqual(chunksFrom(1, 0, WINDOW));
  broadcast.received('a', 1, 8);
  expect(await heard()).toEqual(chunksFrom(1, WINDOW, WINDOW + 8));
  broadcast.received('a', 1, WINDOW + 8);
  expect(await heard()).toEqual(chunksFrom(1, WINDOW + 8, WINDOW + 10));
});

it('goes by the slowest worker, and no longer once that one has left', async () => {
  broadcast.publish(0, vector(1, 0));
  for (const name of ['a', 'slow']) broadcast.join(name);
  await heard();
  broadcast.publish(1, vector(WINDOW + 2, 1));
  broadcast.received('a', 1, WINDOW);
  expect(await heard()).toEqual(chunksFrom(1, 0, WINDOW));
  broadcast.leave('slow');
  expect(await heard()).toEqual(chunksFrom(1, WINDOW, WINDOW + 2));
});

it('does not wait for a silent worker for ever: that one can ask again', async () => {
  broadcast.publish(0, vector(1, 0));
  for (const name of ['a', 'silent']) broadcast.join(name);
  broadcast.publish(1, vector(WINDOW + 2, 1));
  broadcast.received('a', 1, WINDOW);
  await heard();
  vi.advanceTimersByTime(2000);
  expect(await heard()).toEqual(chunksFrom(1, WINDOW, WINDOW + 2));
  const silent = new FakeWorker(network, 'silent', 1);
  broadcast.resend('silent', 1);
  expect(await heard(silent)).toEqual(chunksFrom(1, 0, WINDOW + 2));
});

it('does not send parameters again that are over, nor before there are any', async () => {
  broadcast.resend('a', 0);
  broadcast.publish(5, vector(1, 0));
  broadcast.publish(6, vector(1, 0));
  await heard();
  broadcast.resend('a', 5);
  expect(await heard()).toEqual([]);
  broadcast.resend('a', 6);
  expect(await heard()).toEqual(['6/0']);
});

it('takes no word of a version that is over, nor of a worker that it does not know', async () => {
  broadcast.publish(0, vector(1, 0));
  broadcast.join('a');
  broadcast.publish(1, vector(WINDOW + 2, 1));
  await heard();
  broadcast.received('a', 0, 2 ** 16);
  broadcast.received('nobody', 1, 2 ** 16);
  expect(await heard()).toEqual([]);
});

it('sends nothing after it is closed', async () => {
  broadcast.publish(0, vector(1, 0));
  broadcast.join('a');
  broadcast.publish(1, vector(WINDOW + 2, 1));
  await heard();
  broadcast.close();
  broadcast.received('a', 1, WINDOW);
  broadcast.resend('a', 1);
  broadcast.leave('a');
  vi.advanceTimersByTime(60_000);
  expect(await heard()).toEqual([]);
});
