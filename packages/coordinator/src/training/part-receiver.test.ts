import { CHUNK_ELEMENTS } from '@lockstep/proto';
import { expect, it } from 'vitest';
import { PartReceiver } from './part-receiver.js';
import { partFrames, sumsOf } from '../testing/fake-worker.js';

const LENGTH = CHUNK_ELEMENTS + 5;
const frames = (worker: string, index = 0) =>
  partFrames(worker, { node: { level: 0, index }, round: 1, sliceCount: 4, length: LENGTH }) as [
    ReturnType<typeof partFrames>[number],
    ReturnType<typeof partFrames>[number],
  ];

it('puts a part together from its chunks, in any order and however often they come', () => {
  const receiver = new PartReceiver(LENGTH, 2);
  const [first, second] = frames('a', 3);
  expect([second, second, first].map((frame) => receiver.add(frame).type)).toEqual([
    'incomplete',
    'incomplete',
    'complete',
  ]);
  receiver.add(second);
  const outcome = receiver.add(first);
  expect(outcome).toMatchObject({ type: 'complete', node: { level: 0, index: 3 } });
  const { values, counts } = sumsOf(3, 4, LENGTH);
  expect(outcome.type === 'complete' && [...outcome.sums.counts]).toEqual(counts);
  expect(outcome.type === 'complete' && outcome.sums.values).toEqual(values);
});

it('keeps the chunks of different workers and nodes apart', () => {
  const receiver = new PartReceiver(LENGTH, 2);
  expect(receiver.add(frames('a', 0)[0]).type).toBe('incomplete');
  expect(receiver.add(frames('b', 0)[1]).type).toBe('incomplete');
  expect(receiver.add(frames('a', 1)[1]).type).toBe('incomplete');
  expect(receiver.add(frames('a', 0)[1]).type).toBe('complete');
});

it('refuses chunks and counts of another size, and takes the right ones after them', () => {
  const receiver = new PartReceiver(LENGTH, 2);
  const [first, second] = frames('a');
  const wrong = [
    { ...first, chunks: 3 },
    { ...first, chunk: 7, chunks: 8 },
    { ...first, values: first.values.subarray(8) },
    { ...second, counts: [1] },
    { ...second, counts: [] },
    { ...second, values: new Uint8Array(24) },
  ];
  for (const frame of wrong) expect(receiver.add(frame)).toEqual({ type: 'refused', reason: 'wrong-size' });
  expect(receiver.add(first).type).toBe('incomplete');
  for (const frame of wrong) expect(receiver.add(frame).type).toBe('refused');
  expect(receiver.add(second).type).toBe('complete');
});

it('uses memory again that was released, and forgets unfinished parts when it is cleared', () => {
  const receiver = new PartReceiver(LENGTH, 2);
  const complete = (worker: string) => {
    receiver.add(frames(worker)[0]);
    const outcome = receiver.add(frames(worker)[1]);
    return outcome.type === 'complete' ? outcome.sums.values : undefined;
  };
  const values = complete('a');
  receiver.release(values as Float32Array);
  expect(complete('b')).toBe(values);
  receiver.add(frames('c')[0]);
  receiver.clear();
  expect(receiver.add(frames('c')[1]).type).toBe('incomplete');
});
